#!/bin/sh
# Prints one line for each thing that is there, and `end`. Changes nothing.
# Arguments: `directory:`, `file:` or `absent:`, and a path each.
set -u
for entry; do
  kind=${entry%%:*}
  path=${entry#*:}
  if [ "$kind" != file ]; then
    if [ -e "$path" ] || [ -L "$path" ]; then echo "$kind $path"; fi
    continue
  fi
  if [ -L "$path" ]; then
    echo "link $path"
  elif [ -d "$path" ]; then
    echo "folder $path"
  elif [ -e "$path" ]; then
    echo "file $path $(stat -c '%a %u:%g' "$path") $(base64 -w0 "$path")"
  fi
  near=$path
  until [ -d "$near" ]; do near=$(dirname "$near"); done
  [ -w "$near" ] || echo "read-only $near"
done
for mark in /var/lib/registry-consolidation/pending/*; do
  if [ -e "$mark" ]; then echo "pending $(basename "$mark")"; fi
done
echo end
