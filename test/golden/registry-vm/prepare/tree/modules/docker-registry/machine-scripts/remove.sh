#!/bin/sh
# Removes a file or a folder, never across a mount. Argument: a path.
set -eu
mkdir -p /var/lib/registry-consolidation/pending
touch /var/lib/registry-consolidation/pending/verify
rm -rf --one-file-system -- "$1"
