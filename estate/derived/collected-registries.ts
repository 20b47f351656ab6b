import type { EstateWithVm } from '../estate';
import { presentLegacyOnVm } from './legacy-registry';

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
  /** The fact that says when. */
  readonly where: string;
}

export function collectedRegistries(estate: EstateWithVm): readonly CollectedRegistry[] {
  const legacy = presentLegacyOnVm(estate);
  return [
    ...estate.pullThroughCaches.map(({ name, garbageCollection }) => ({
      ...{ name, schedule: garbageCollection, meanwhile: 'running' as const },
      where: `estate.pullThroughCaches["${name}"].garbageCollection`,
    })),
    ...(legacy === undefined
      ? []
      : [
          {
            ...{ name: legacy.name, schedule: legacy.garbageCollection, meanwhile: 'stopped' as const },
            where: 'estate.legacyRegistry.runsOn.garbageCollection',
          },
        ]),
  ];
}
