import { collectedRegistries } from '../estate/derived/collected-registries';
import { pushgatewayUrlOutside } from '../estate/derived/pushgateway';
import { dataFolder } from '../estate/derived/registry-vm-paths';
import type { EstateWithVm } from '../estate/estate';
import { configTarget, serviceOf } from './vm-names';

/** A file for /etc/cron.d, in the machine's time zone. */
export function garbageCollectionCron(estate: EstateWithVm): string {
  const lines = collectedRegistries(estate).map(
    ({ name, schedule, meanwhile }) =>
      `${schedule} root ${collectGarbagePath(estate)} ${name} ${meanwhile} 2>&1 | logger -t registry-gc\n`,
  );
  return ['PATH=/usr/sbin:/usr/bin:/sbin:/bin\n', ...lines].join('');
}

export function collectGarbagePath({ registryVm }: EstateWithVm): string {
  return `${registryVm.folder}/collect-garbage.sh`;
}

/**
 * Collects the garbage of one registry. Never with `--delete-untagged`: the platforms of a multi-arch image have no tag
 * of their own, and the predecessor's weekly collection took them (distribution#3178).
 */
export function collectGarbageScript(estate: EstateWithVm): string {
  const { folder } = estate.registryVm;
  return `#!/bin/sh
# Collects the garbage of one registry and tells the Pushgateway when it began, when it ended, and how.
# usage: collect-garbage.sh <registry> running|stopped
set -eu

registry=$1
meanwhile=$2
service=${serviceOf('$registry')}

compose() {
  timeout 3600 docker compose --project-directory ${folder} "$@"
}

push() {
  curl --fail --silent --show-error --max-time 30 --data-binary @- \\
    "${pushgatewayUrlOutside(estate)}/metrics/job/registry-gc/registry/$registry" ||
    echo "$registry: the Pushgateway did not take the result" >&2
}

echo "registry_gc_start_timestamp_seconds $(date +%s)" | push

# What holds nothing yet has no such folder, and garbage-collect takes that for a failure.
if [ ! -d "${dataFolder(estate, '$registry')}/docker/registry/v2/repositories" ]; then meanwhile=empty; fi

status=0
case $meanwhile in
  empty)
    echo "$registry: holds nothing yet"
    ;;
  running)
    compose exec -T "$service" registry garbage-collect ${configTarget} || status=$?
    ;;
  stopped)
    trap 'compose start "$service"' INT TERM HUP
    { compose stop "$service" &&
      compose run --rm --no-deps -T "$service" registry garbage-collect ${configTarget}; } || status=$?
    compose start "$service" || status=$?
    ;;
  *)
    echo "$registry: neither running nor stopped, got \\"$meanwhile\\"" >&2
    status=64
    ;;
esac

{
  echo "registry_gc_end_timestamp_seconds $(date +%s)"
  echo "registry_gc_exit_status $status"
  if [ "$status" -eq 0 ]; then echo "registry_gc_last_success_timestamp_seconds $(date +%s)"; fi
} | push
exit "$status"
`;
}
