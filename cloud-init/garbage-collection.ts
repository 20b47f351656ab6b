import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  const facts: Readonly<Record<string, string>> = {
    ...{ folder: estate.registryVm.folder, pushgateway: pushgatewayUrlOutside(estate), config: configTarget },
    ...{ service: serviceOf('$registry'), data: dataFolder(estate, '$registry') },
  };
  const script = readFileSync(join(__dirname, 'collect-garbage.sh'), 'utf8');
  return script.replaceAll(/@(\w+)@/g, (_, name: string) => facts[name] ?? '');
}
