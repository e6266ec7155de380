#!/usr/bin/env bash
# Ends what swift-up.sh started in DIR, by the process ids written there and by nothing else. The folder stays.
dir=${1:?folder}
dir=$(cd "$dir" 2>/dev/null && pwd) || exit 0
ours() { # a number may be another process by now: only what names our folder is ours
  [ -r "/proc/$1/cmdline" ] && tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF -- "$dir/"
}
while read -r pid; do
  # Each is the leader of a group, and its workers are in it.
  ours "$pid" && kill -KILL -- "-$pid" 2>/dev/null
done <"$dir/run/pids" 2>/dev/null
exit 0
