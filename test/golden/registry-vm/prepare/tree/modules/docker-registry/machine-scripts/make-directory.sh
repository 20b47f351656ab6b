#!/bin/sh
# Argument: a path.
set -eu
mkdir -p "$1"
chmod 0755 "$1"
