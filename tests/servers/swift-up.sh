#!/usr/bin/env bash
# OpenStack Swift with the s3api middleware, all in one on loopback; all state is under DIR.
# usage: swift-up.sh DIR PORT MEMCACHED_PORT ACCOUNT_PORT CONTAINER_PORT OBJECT_PORT [workers]
# Prints one line: the address. Several may run side by side with ports of their own. swift-down.sh DIR ends it.
# needs: swift-proxy swift-account swift-container swift-object memcached
set -euo pipefail
dir=${1:?folder}; port=${2:?port}; cache=${3:?port of memcached}; account=${4:?port}; container=${5:?port}; object=${6:?port}; workers=${7:-1}
mkdir -p "$dir"/{etc,devices/d1,run,log,cache}
dir=$(cd "$dir" && pwd)
user=$(id -un)

give_up() {
  echo "swift-up: $1" >&2
  tail -n 5 "$dir"/log/* >&2 || true
  "$(dirname "${BASH_SOURCE[0]}")/swift-down.sh" "$dir"
  exit 1
}

for taken in "$port" "$cache" "$account" "$container" "$object"; do
  if (exec 3<>"/dev/tcp/127.0.0.1/$taken") 2>/dev/null; then give_up "port $taken is taken"; fi
done

cat >"$dir/etc/swift.conf" <<'CONF'
[swift-hash]
swift_hash_path_suffix = suffix
swift_hash_path_prefix = prefix
[storage-policy:0]
name = gold
default = yes
CONF

cd "$dir/etc"
for server in "account $account" "container $container" "object $object"; do
  read -r name at <<<"$server"
  {
    swift-ring-builder "$name.builder" create 4 1 1
    swift-ring-builder "$name.builder" add "r1z1-127.0.0.1:$at/d1" 1
    swift-ring-builder "$name.builder" rebalance || true # 1 means "done, with a warning"
  } >>"$dir/log/rings" 2>&1 </dev/null
  cat >"$name-server.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $at
user = $user
swift_dir = $dir/etc
devices = $dir/devices
mount_check = false
workers = $workers
disable_fallocate = true
log_level = WARNING
recon_cache_path = $dir/cache
[pipeline:main]
pipeline = $name-server
[app:$name-server]
use = egg:swift#$name
recon_lock_path = $dir/run
CONF
done

cat >proxy-server.conf <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
user = $user
swift_dir = $dir/etc
workers = $workers
log_level = WARNING
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck proxy-logging cache listing_formats s3api tempauth copy container-quotas account-quotas slo dlo versioned_writes symlink proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
dns_compliant_bucket_names = true
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_key = testsecret123 .admin http://127.0.0.1:$port/v1/AUTH_test
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:proxy-logging]
use = egg:swift#proxy_logging
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$cache
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:copy]
use = egg:swift#copy
[filter:container-quotas]
use = egg:swift#container_quotas
[filter:account-quotas]
use = egg:swift#account_quotas
[filter:slo]
use = egg:swift#slo
min_segment_size = 1
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
CONF

: >"$dir/run/pids"
# The folder stands in each command line, by which swift-down.sh knows its own; each has a session, whose leader takes its workers along.
setsid memcached -l 127.0.0.1 -p "$cache" -u "$user" -m 64 -P "$dir/run/memcached" >"$dir/log/memcached" 2>&1 </dev/null &
echo $! >>"$dir/run/pids"
for name in account container object proxy; do
  setsid "swift-$name-server" "$dir/etc/$name-server.conf" >"$dir/log/$name" 2>&1 </dev/null &
  echo $! >>"$dir/run/pids"
done
for _ in $(seq 600); do
  if curl -sf -o /dev/null "http://127.0.0.1:$port/healthcheck"; then up=1; break; fi
  sleep .1
done
[ -n "${up:-}" ] || give_up 'the proxy does not answer'
# The proxy answers its health before the servers behind it listen.
for at in "$account" "$container" "$object" "$cache"; do
  up=
  for _ in $(seq 300); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$at") 2>/dev/null; then up=1; break; fi
    sleep .1
  done
  [ -n "$up" ] || give_up "the server at port $at does not answer"
done
echo "http://127.0.0.1:$port"
