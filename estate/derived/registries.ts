import type { Estate } from '../estate';
import type { Image } from '../images';
import type { RegistryName } from '../registries';
import { legacyOnVm, legacySpellings } from './legacy-registry';

/** Every `host[:port]` under which references name a registry, in every phase; the first is the canonical one. */
export function registrySpellings(estate: Estate, registry: RegistryName): readonly string[] {
  switch (registry) {
    case 'legacy':
      return legacySpellings(estate);
    case 'forgejo':
      return [estate.forgejo.host];
    case 'docker.io':
    case 'ghcr.io':
      return [registry];
  }
}

/** Every `host[:port]` under which an image of Docker Hub is spelled, or reached by a cache; the first is the canonical one. */
export function hubSpellings({ registryVm: vm, pullThroughCaches }: Estate): readonly string[] {
  const hosts = vm === undefined ? [] : [vm.address, vm.name, vm.pullName];
  const caches = pullThroughCaches.filter(({ upstream }) => upstream === 'docker.io');
  return [
    ...['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'],
    ...caches.flatMap(({ port }) => hosts.map((host) => `${host}:${port}`)),
  ];
}

/** Whether a pull from this host needs the pull Secret: our own registries ask for a login, the public ones do not. */
export function asksForLogin(estate: Estate, host: string): boolean {
  return (['legacy', 'forgejo'] as const).some((registry) =>
    registrySpellings(estate, registry).includes(host),
  );
}

/** The host by which references spell an image where it comes from. */
export function sourceHost(estate: Estate, { source }: Image): string {
  const [host = ''] = registrySpellings(estate, source.registry);
  const port = source.withPort === true ? legacyOnVm(estate)?.port : undefined;
  return port === undefined ? host : `${host}:${port}`;
}
