#!/usr/bin/env bash
# The long forms. ./soak.sh [crash|rubbish|model|slurper|saymon] runs one area, without an argument all; each writes its report into docs/soak/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 LONGHAUL_TEST_REQUIRE=1

revision=$(git rev-parse --short HEAD)
dotnet build Longhaul.slnx -c Release -v quiet
mkdir -p docs/soak

run() { # area, title, variables, test filter...
  local area=$1 title=$2 variables=$3 log status=passed
  shift 3
  log=$(mktemp)
  local begin=$SECONDS
  env $variables artifacts/bin/Longhaul.Tests/release/Longhaul.Tests -noColor -showLiveOutput "$@" >"$log" 2>&1 || status=FAILED
  {
    printf '# Soak: %s\n\n' "$title"
    printf -- '- Date: %s\n- Revision: %s\n- Machine: %s cores, %s\n' "$(date -u +%F)" "$revision" "$(nproc)" "$(uname -sr)"
    printf -- '- Command: `./soak.sh %s` (%s)\n- Result: **%s** in %s s\n\n```\n' "$area" "$variables" "$status" "$((SECONDS - begin))"
    grep -vE '^\s+at |^$' "$log" | tail -n 60
    printf '```\n'
  } >"docs/soak/$area.md"
  cat "docs/soak/$area.md"
  rm -f "$log"
  [ "$status" = passed ]
}

areas=("${@:-}")
[ -n "${areas[0]}" ] || areas=(crash rubbish model slurper saymon)
for area in "${areas[@]}"; do
  case $area in
    crash) run crash 'kill -9 under concurrent writes' 'LONGHAUL_CRASH_ROUNDS=200' -class 'Longhaul.Tests.EndToEnd.CrashTests' ;;
    rubbish) run rubbish 'generated bad input' 'LONGHAUL_RUBBISH=100000' -class 'Longhaul.Tests.Wire.BadInputTests' ;;
    model) run model 'random writes of every kind against a model, with kills' 'LONGHAUL_MODEL_STEPS=2000' -class 'Longhaul.Tests.Wire.ListsModelTests' ;;
    slurper) run slurper 'migrations under kill -9, pauses and failing stores' 'LONGHAUL_MIGRATION_OBJECTS=20000 LONGHAUL_MIGRATION_MIB=2048 LONGHAUL_MIGRATION_KILLS=20' -class 'Longhaul.Tests.EndToEnd.MigrationCrashTests' ;;
    saymon) run saymon 'bulks and clones of 100,000 SAYMON objects, with kills' 'LONGHAUL_SAYMON_OBJECTS=100000 LONGHAUL_RUBBISH=20000' -class 'Longhaul.Tests.Saymon.Face.SaymonSoakTests' -class 'Longhaul.Tests.Saymon.Face.SaymonCrashTests' -class 'Longhaul.Tests.Saymon.Face.SaymonBadInputTests' -class 'Longhaul.Tests.Saymon.RubbishTests' ;;
    *) echo "unknown area '$area': crash, rubbish, model, slurper, saymon" >&2; exit 2 ;;
  esac
done
