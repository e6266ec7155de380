#!/usr/bin/env bash
# One Ceph node (monitor, OSD, RADOS gateway) on loopback, without authentication between the daemons; all state is under DIR.
# usage: ceph-up.sh DIR RGW_PORT MON_PORT [memstore|bluestore]
# Prints one line: the address. Several may run side by side with ports of their own. ceph-down.sh DIR ends it.
# needs: ceph-mon ceph-osd radosgw ceph-common
set -euo pipefail
dir=${1:?folder}; port=${2:?port of the gateway}; monitor=${3:?port of the monitor}; kind=${4:-memstore}
mkdir -p "$dir"/{mon,osd,rgw,run,log}
dir=$(cd "$dir" && pwd)
conf=$dir/ceph.conf
fsid=$(cat /proc/sys/kernel/random/uuid)
osd=$(cat /proc/sys/kernel/random/uuid)

# crc instead of secure messages, or the gateway hangs; tcp_nodelay, or each GET takes 44 ms; short garbage collection, or deleted data stays.
cat >"$conf" <<CONF
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$monitor]
ms bind ipv4 = true
ms bind ipv6 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms client mode = crc
ms cluster mode = crc
ms service mode = crc
ms mon cluster mode = crc
ms mon service mode = crc
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
mon data avail warn = 2
mon data avail crit = 1
run dir = $dir/run
admin socket = $dir/run/\$name.asok
pid file = $dir/run/\$name.pid
log file = $dir/log/\$name.log
debug ms = 0
[mon]
mon data = $dir/mon
mon cluster log file = $dir/log/cluster.log
[osd]
osd data = $dir/osd
osd objectstore = $kind
bluestore block create = true
bluestore block size = 32212254720
bluestore fsck on mount = false
memstore device bytes = 12884901888
osd memory target = 1073741824
osd class load list = *
osd class default list = *
[client.rgw]
rgw data = $dir/rgw
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw enable usage log = false
rgw enable ops log = false
rgw dns name = localhost
rgw crypt require ssl = false
rgw gc obj min wait = 1
rgw gc processor period = 2
rgw gc processor max time = 60
CONF

give_up() {
  echo "ceph-up: $1" >&2
  tail -n 5 "$dir"/log/* >&2 || true
  "$(dirname "${BASH_SOURCE[0]}")/ceph-down.sh" "$dir"
  exit 1
}

say() { "$@" >>"$dir/log/up.log" 2>&1 </dev/null || give_up "$1 failed"; }

# A port that is taken would be found out only after half a minute of silence.
for taken in "$port" "$monitor"; do
  if (exec 3<>"/dev/tcp/127.0.0.1/$taken") 2>/dev/null; then give_up "port $taken is taken"; fi
done

say monmaptool --create --clobber --addv a "[v2:127.0.0.1:$monitor]" --fsid "$fsid" "$dir/monmap"
say ceph-mon -c "$conf" --mkfs -i a --monmap "$dir/monmap"
say ceph-mon -c "$conf" -i a
for _ in $(seq 100); do
  ceph -c "$conf" --connect-timeout 5 mon stat >>"$dir/log/up.log" 2>&1 </dev/null && break
  sleep .1
done
say ceph -c "$conf" --connect-timeout 10 osd new "$osd"
say ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$osd"
say ceph-osd -c "$conf" -i 0
say radosgw -c "$conf" -n client.rgw
up=
for _ in $(seq 600); do
  if curl -s -o /dev/null "http://127.0.0.1:$port/"; then up=1; break; fi
  kill -0 "$(cat "$dir/run/client.rgw.pid" 2>/dev/null || echo $$)" 2>/dev/null || break
  sleep .1
done
[ -n "$up" ] || give_up 'the gateway does not answer'
say radosgw-admin -c "$conf" -n client.rgw user create --uid=test --display-name=test --access-key=testkey --secret-key=testsecret123
echo "http://127.0.0.1:$port"
