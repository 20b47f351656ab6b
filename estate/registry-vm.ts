import type { Phase } from './phases';

/** A port the registry VM publishes, and who listens on it. */
export interface PublishedPort {
  readonly port: number;
  /** A pull-through cache by name, or one of the VM's own services. */
  readonly listener: string;
  /** First phase in which it is gone. */
  readonly until?: Phase;
}

/** Folders on the VM that outlive the legacy registry, and those that do not. */
export interface RegistryVmFacts {
  readonly services: readonly string[];
  readonly publishedPorts: readonly PublishedPort[];
  readonly retainedPaths: readonly string[];
  readonly deletedPaths: readonly string[];
}

export const registryVm = {
  services: ['registry-private', 'registry-ui', 'metrics'],
  publishedPorts: [
    { port: 5000, listener: 'dockerhub' },
    { port: 5010, listener: 'ghcr' },
    { port: 5020, listener: 'quay' },
    { port: 5030, listener: 'k8s' },
    { port: 5040, listener: 'kyverno' },
    { port: 5050, listener: 'registry-private', until: 'decommission' },
    { port: 8080, listener: 'registry-ui' },
    { port: 5001, listener: 'metrics' },
  ],
  retainedPaths: ['/opt/registry/breakglass', '/opt/registry/data/dockerhub', '/opt/registry/data/ghcr'],
  deletedPaths: ['/opt/registry/data/private'],
} as const satisfies RegistryVmFacts;
