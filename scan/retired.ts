import type { Estate } from '../estate/estate';
import { legacyOnVm, legacySpellings } from '../estate/derived/legacy-registry';
import { hubSpellings } from '../estate/derived/registries';

/** What no file may name any more once the migration is over. */
export interface Retired {
  /** `host` or `host:port` in lower case; one without a port is meant at every port. */
  readonly hosts: readonly string[];
  /** Images of Docker Hub that move: `owner/name`, which a reference may spell without a host. */
  readonly hubNames: readonly string[];
  /** `host` or `host:port` of Docker Hub's images. */
  readonly hubHosts: readonly string[];
}

/** Every spelling that the migration retires: the legacy registry's, and of each image that leaves Docker Hub. */
export function retiredOf(estate: Estate): Retired {
  const { registryVm: vm, images } = estate;
  const port = legacyOnVm(estate)?.port;
  const onVm = [...(vm === undefined ? [] : [vm.name, vm.pullName]), '127.0.0.1', 'localhost'];
  return {
    hosts: [...legacySpellings(estate), ...(port === undefined ? [] : onVm.map((host) => `${host}:${port}`))],
    hubNames: images
      .filter(({ source }) => source.registry === 'docker.io')
      .map(({ source }) => source.repository),
    hubHosts: hubSpellings(estate),
  };
}
