#!/usr/bin/env bash
# Ends what ceph-up.sh started in DIR, by the process ids written there and by nothing else. The folder stays.
dir=${1:?folder}
ours() { # a number may be another process by now: only what names our folder is ours
  [ -r "/proc/$1/cmdline" ] && tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF -- "$dir/"
}
dir=$(cd "$dir" 2>/dev/null && pwd) || exit 0
for signal in TERM KILL; do
  waiting=
  for file in "$dir"/run/client.rgw.pid "$dir"/run/osd.0.pid "$dir"/run/mon.a.pid; do
    pid=$(cat "$file" 2>/dev/null) && [ -n "$pid" ] && ours "$pid" && kill -"$signal" "$pid" 2>/dev/null && waiting="$waiting $pid"
  done
  # The state is thrown away, so nothing is worth a long farewell.
  for _ in $(seq 20); do
    alive=
    for pid in $waiting; do ours "$pid" && alive=1; done
    [ -z "$alive" ] && break
    sleep .1
  done
done
exit 0
