import type { Estate } from '../estate/estate';
import { configTarget, serviceOf } from './vm-names';

/** One registry on the VM whose garbage is collected. */
export interface CollectedRegistry {
  /** The end of its container's name; the label `registry` of its metrics. */
  readonly name: string;
  readonly schedule: string;
  /**
   * Whether it serves meanwhile. A cache does: what a collection takes from under a pull is fetched again, and a cache
   * that restarts while its upstream is away does not come up. The legacy registry does not: an upload that is being
   * written looks like garbage.
   */
  readonly meanwhile: 'running' | 'stopped';
}

export function collectedRegistries({ phase, pullThroughCaches, registryVm }: Estate): CollectedRegistry[] {
  const { legacy } = registryVm;
  return [
    ...pullThroughCaches.map(({ name, garbageCollection }) => ({
      ...{ name, schedule: garbageCollection },
      meanwhile: 'running' as const,
    })),
    ...(phase === 'decommission'
      ? []
      : [{ name: legacy.name, schedule: legacy.garbageCollection, meanwhile: 'stopped' as const }]),
  ];
}

/** A file for /etc/cron.d, in the machine's time zone. */
export function garbageCollectionCron(estate: Estate): string {
  const lines = collectedRegistries(estate).map(
    ({ name, schedule, meanwhile }) =>
      `${schedule} root ${collectGarbagePath(estate)} ${name} ${meanwhile} 2>&1 | logger -t registry-gc\n`,
  );
  return ['PATH=/usr/sbin:/usr/bin:/sbin:/bin\n', ...lines].join('');
}

export function collectGarbagePath({ registryVm }: Estate): string {
  return `${registryVm.folder}/collect-garbage.sh`;
}

/** The Pushgateway as machines outside the cluster reach it. */
function pushgatewayUrl({ hosts }: Estate): string {
  return `http://${hosts.kubernetesApi.replace(/:\d+$/, '')}:${hosts.pushgatewayNodePort}`;
}

/**
 * Collects the garbage of one registry. Never with `--delete-untagged`: the platforms of a multi-arch image have no tag
 * of their own, and the predecessor's weekly collection took them (distribution#3178).
 */
export function collectGarbageScript(estate: Estate): string {
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
    "${pushgatewayUrl(estate)}/metrics/job/registry-gc/registry/$registry" ||
    echo "$registry: the Pushgateway did not take the result" >&2
}

echo "registry_gc_start_timestamp_seconds $(date +%s)" | push

# What holds nothing yet has no such folder, and garbage-collect takes that for a failure.
if [ ! -d "${folder}/data/$registry/docker/registry/v2/repositories" ]; then meanwhile=empty; fi

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
