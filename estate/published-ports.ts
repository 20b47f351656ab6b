import type { Estate } from './estate';
import { isAtLeast } from './phases';

/** Every port that the registry VM publishes in the estate's phase, and the fact that says so. */
export function publishedPorts({
  phase,
  pullThroughCaches,
  registryVm: { legacy, metrics, ui },
}: Estate): { readonly where: string; readonly port: number }[] {
  return [
    ...pullThroughCaches.map(({ name, port }) => ({
      where: `estate.pullThroughCaches["${name}"].port`,
      port,
    })),
    ...(isAtLeast(phase, 'decommission')
      ? []
      : [{ where: 'estate.registryVm.legacy.port', port: legacy.port }]),
    { where: 'estate.registryVm.ui.port', port: ui.port },
    { where: 'estate.registryVm.metrics.port', port: metrics.port },
  ];
}
