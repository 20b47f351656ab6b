#!/bin/sh
# Holds the machine's lock until its input ends, which it does with whoever asked for it. Prints `locked` when it has it.
exec 9>/run/registry-consolidation.lock
flock -n 9 || {
  echo "another rollout, or a collection of garbage, holds /run/registry-consolidation.lock" >&2
  exit 1
}
echo locked
cat >/dev/null
