#!/bin/sh
# Collects the garbage of one registry and tells the Pushgateway when it began, when it ended, and how.
# usage: collect-garbage.sh <registry> running|stopped
set -eu

registry=$1
meanwhile=$2
service=@service@

compose() {
  timeout 3600 docker compose --project-directory @folder@ "$@"
}

push() {
  curl --fail --silent --show-error --max-time 30 --data-binary @- \
    "@pushgateway@/metrics/job/registry-gc/registry/$registry" ||
    echo "$registry: the Pushgateway did not take the result" >&2
}

echo "registry_gc_start_timestamp_seconds $(date +%s)" | push

# What holds nothing yet has no such folder, and garbage-collect takes that for a failure.
if [ ! -d "@data@/docker/registry/v2/repositories" ]; then meanwhile=empty; fi

status=0
case $meanwhile in
  empty)
    echo "$registry: holds nothing yet"
    ;;
  running)
    compose exec -T "$service" registry garbage-collect @config@ || status=$?
    ;;
  stopped)
    # A rollout would start it meanwhile, and what is being pushed looks like garbage.
    exec 9>/run/registry-consolidation.lock
    if flock --wait 3600 9; then
      # A signal ends this once the registry is back.
      trap 'status=130' INT TERM HUP
      compose stop "$service" || status=$?
      [ "$status" -ne 0 ] ||
        compose run --rm --no-deps -T "$service" registry garbage-collect @config@ || status=$?
      compose start "$service" || status=$?
    else
      status=75
    fi
    ;;
  *)
    echo "$registry: neither running nor stopped, got \"$meanwhile\"" >&2
    status=64
    ;;
esac

{
  echo "registry_gc_end_timestamp_seconds $(date +%s)"
  echo "registry_gc_exit_status $status"
  if [ "$status" -eq 0 ]; then echo "registry_gc_last_success_timestamp_seconds $(date +%s)"; fi
} | push
exit "$status"
