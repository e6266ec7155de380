#!/usr/bin/env bash
# Everything that must hold, in its short form: installs what is missing, builds, checks the format, runs every test and the demo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 LONGHAUL_TEST_REQUIRE=1

step() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }

need() { # command or file, package
  command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || missing+=("$2")
}

step 'tools'
missing=()
if ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then missing+=(postgresql); fi
need strace strace
need node nodejs
need npm npm
need jq jq
need curl curl
need openssl openssl
need runuser util-linux
need python3 python3
python3 -c 'import requests' 2>/dev/null || missing+=(python3-requests)
# Two real S3 servers, which the stores' contract and migrations run against; their services of the system are neither wanted nor started.
need ceph-mon ceph-mon
need ceph-osd ceph-osd
need radosgw radosgw
need ceph ceph-common
for server in proxy account container object; do need "swift-$server-server" "swift-$server"; done
need memcached memcached
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing ${missing[*]}"
  # A package may ask for its service to be started; 101 says no. A rule that is there already stays.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    remove_policy='rm -f /usr/sbin/policy-rc.d'
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  ${remove_policy:-true}
fi
(cd tests/clients && npm ci --no-audit --no-fund --silent)

step 'build'
dotnet restore Longhaul.slnx --locked-mode
dotnet build Longhaul.slnx -c Release --no-restore

step 'format'
dotnet format Longhaul.slnx --verify-no-changes --no-restore

step 'tests'
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed_run=0
artifacts/bin/Longhaul.Tests/release/Longhaul.Tests -noColor 2>&1 | tee "$log" || failed_run=1

summary=$(grep -E 'Total: [0-9]+, Errors: ' "$log" | tail -n 1)
number() { sed -E "s/.*$1: ([0-9]+).*/\1/" <<<"$summary"; }
total=$(number Total); failed=$(($(number Failed) + $(number Errors))); skipped=$(number Skipped)
if [ "$skipped" -ne 0 ]; then
  echo "$skipped tests were skipped: here that is a failure"
  failed=$((failed + skipped))
fi
if [ "$failed_run" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi

step 'demo'
dotnet run --project src/Longhaul -c Release --no-build -- demo --once || failed=$((failed + 1))

step 'done'
echo "$((total - failed)) passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$total" -gt 0 ]
