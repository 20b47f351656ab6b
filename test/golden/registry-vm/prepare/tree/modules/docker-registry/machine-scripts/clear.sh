#!/bin/sh
# Forgets what was recorded, once it is done. Arguments: marks.
for mark; do rm -f "/var/lib/registry-consolidation/pending/$mark"; done
