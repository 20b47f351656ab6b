#!/bin/sh
# Puts a file in its place by a rename, so that it is the old or the new one at any moment; the old one is kept.
# What the file needs is recorded before it counts, so that a run which is killed here is finished by the next one.
# Arguments: path, mode, mark. Input: the SHA-256 of the content on a line of its own, then the content, which a broken
# connection cannot cut short unnoticed.
set -eu
umask 077
path=$1
mode=$2
mark=$3
state=/var/lib/registry-consolidation
# A leading dot hides it from cron, systemd and containerd.
new=$(dirname "$path")/.$(basename "$path").rollout-tmp
IFS= read -r sum
(umask 022 && mkdir -p "$(dirname "$path")")
rm -f "$new"
cat >"$new"
if [ "$(sha256sum <"$new")" != "$sum  -" ]; then
  rm -f "$new"
  echo "the content did not arrive whole" >&2
  exit 1
fi
chown 0:0 "$new"
chmod "$mode" "$new"
sync "$new"
mkdir -p "$state/pending"
touch "$state/pending/verify" "$state/pending/$mark"
if [ -f "$path" ]; then
  mkdir -p "$state/previous$(dirname "$path")"
  cp -p "$path" "$state/previous$path"
fi
mv -fT "$new" "$path"
sync "$(dirname "$path")"
