import type { EstateWithVm } from '../estate';
import { presentLegacyOnVm } from './legacy-registry';

/** Every port that the registry VM publishes in the estate's phase, and the fact that says so. */
export function publishedPorts(
  estate: EstateWithVm,
): readonly { readonly where: string; readonly port: number }[] {
  const { pullThroughCaches, registryVm } = estate;
  const legacy = presentLegacyOnVm(estate);
  return [
    ...pullThroughCaches.map(({ name, port }) => ({
      where: `estate.pullThroughCaches["${name}"].port`,
      port,
    })),
    ...(legacy === undefined ? [] : [{ where: 'estate.legacyRegistry.runsOn.port', port: legacy.port }]),
    { where: 'estate.registryVm.ui.port', port: registryVm.ui.port },
    { where: 'estate.registryVm.metrics.port', port: registryVm.metrics.port },
  ];
}
