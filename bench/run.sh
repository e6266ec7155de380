#!/usr/bin/env bash
# The figures of docs/performance: bench/run.sh [pairs] [area ...]. Wants a quiet machine, and the packages sqlite3, wrk, strace, rclone, postgresql and, for migrate, the four of Ceph that test.sh installs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
pairs=${1:-9}
shift || true
areas=("$@")
[ ${#areas[@]} -gt 0 ] || areas=(put flat append poll wait noop lookup refuse export events bulk migrate migrate-memory)
for tool in sqlite3 wrk strace rclone; do command -v "$tool" >/dev/null || { echo "install $tool first" >&2; exit 2; }; done

dotnet build Longhaul.slnx -c Release -v quiet
folder=$(mktemp -d)
chmod 755 "$folder"
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
stop() {
  [ ! -d "$folder/ceph" ] || tests/servers/ceph-down.sh "$folder/ceph" >/dev/null
  [ ! -d "$folder/pg" ] || as_postgres "$bin/pg_ctl" -D "$folder/pg" -m immediate -w stop >/dev/null
  rm -rf "$folder"
}
as_postgres() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }
trap stop EXIT

for area in "${areas[@]}"; do
  if { [ "$area" = noop ] || [ "$area" = bulk ]; } && [ ! -d "$folder/pg" ]; then
    if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; fi
    as_postgres "$bin/initdb" -D "$folder/pg" -A trust -U postgres >/dev/null
    as_postgres "$bin/pg_ctl" -D "$folder/pg" -w -o "-c listen_addresses='' -c unix_socket_directories=$folder" -l "$folder/log" start >/dev/null
    export BENCH_POSTGRES="Host=$folder;Username=postgres;Database=postgres"
  fi
  if [ "$area" = migrate ] && [ ! -d "$folder/ceph" ]; then
    BENCH_RGW=$(tests/servers/ceph-up.sh "$folder/ceph" 17480 13300)
    export BENCH_RGW
  fi
  artifacts/bin/Longhaul.Bench/release/Longhaul.Bench "$area" "$pairs"
done
