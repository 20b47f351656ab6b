#!/bin/sh
# Writes the volume at $1 to standard output as an archive, and the archive's SHA-256 as the last line of standard
# error: a connection that is lost in the middle ends a stream as its end does. Exit 3: nobody may start on this volume.
set -eu
if [ -e "$1/.registry-restore" ]; then
  echo "a restore that was cut lies there" >&2
  exit 3
fi
scratch=$(mktemp -d)
mkfifo "$scratch/stream"
sha256sum <"$scratch/stream" >"$scratch/sum" &
cd "$1"
{ find . -mindepth 1 -maxdepth 1 ! -name lost+found -exec tar -c -f - {} + || : >"$scratch/failed"; } | tee "$scratch/stream"
wait
[ ! -e "$scratch/failed" ]
cut -d ' ' -f 1 "$scratch/sum" >&2
