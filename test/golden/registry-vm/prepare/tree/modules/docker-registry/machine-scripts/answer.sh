#!/bin/sh
# Asks for a page. Arguments: URL, the statuses that are right with `|` between them, options of curl.
set -eu
url=$1
statuses="|$2|"
shift 2
code=$(curl -sS --max-time 10 -o /dev/null -w '%{http_code}' "$@" "$url")
case $statuses in *"|$code|"*) ;; *)
  echo "$url answered $code" >&2
  exit 1
  ;;
esac
