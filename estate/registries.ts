import type { VaultKey } from './tokens';

/** The registries that images come from. */
export type RegistryName = 'legacy' | 'forgejo' | 'docker.io' | 'ghcr.io';

/** A pull-through cache on the registry VM: one upstream, one port, one data folder. */
export interface PullThroughCache {
  /** The registry host whose pulls it serves. */
  readonly upstream: string;
  /** Where it fetches what it does not have. */
  readonly upstreamUrl: string;
  /** Port on the registry VM. */
  readonly port: number;
  /** Folder below the VM's data folder, and the end of its container's name. */
  readonly name: string;
  /** When its garbage is collected, in the VM's time zone. */
  readonly garbageCollection: string;
  /** Account at the upstream. @default anonymous pulls */
  readonly login?: { readonly user: string; readonly password: VaultKey };
}

const from = (upstream: string) => ({ upstream, upstreamUrl: `https://${upstream}` });

export const pullThroughCaches = [
  {
    upstream: 'docker.io',
    upstreamUrl: 'https://registry-1.docker.io',
    ...{ port: 5000, name: 'dockerhub', garbageCollection: '0 3 * * 0' },
    login: { user: 'viktorbarzin', password: { path: 'infra', key: 'dockerhub_registry_password' } },
  },
  { ...from('ghcr.io'), port: 5010, name: 'ghcr', garbageCollection: '5 3 * * 0' },
  { ...from('quay.io'), port: 5020, name: 'quay', garbageCollection: '10 3 * * 0' },
  { ...from('registry.k8s.io'), port: 5030, name: 'k8s', garbageCollection: '15 3 * * 0' },
  { ...from('reg.kyverno.io'), port: 5040, name: 'kyverno', garbageCollection: '20 3 * * 0' },
] as const satisfies readonly PullThroughCache[];
