import type { VaultKey } from './tokens';

/** The registry that Forgejo takes over from, until the phase `decommission` removes it. */
export interface LegacyRegistryFacts {
  /** The name by which references spell it, and which its certificate has. */
  readonly host: string;
  /** Its one account. */
  readonly credential: { readonly user: VaultKey; readonly password: VaultKey };
  readonly runsOn: LegacyOnVm | LegacyInCluster;
}

/** A `registry:2` beside the pull-through caches, which the registry VM's nginx serves. */
export interface LegacyOnVm {
  readonly machine: 'registry-vm';
  /** Folder below the VM's data folder, and the end of its container's name. */
  readonly name: string;
  /** Its port on the VM; references may spell the VM's address with it too. */
  readonly port: number;
  /** Its account as the htpasswd line that the machine has: a hash made anew would differ at every look. */
  readonly htpasswd: VaultKey;
  readonly tls: { readonly certificate: VaultKey; readonly key: VaultKey };
  /** When its garbage is collected, in the VM's time zone. */
  readonly garbageCollection: string;
}

/** A registry whose pods and Ingress are somebody else's; nothing of it is rendered here. */
export interface LegacyInCluster {
  readonly machine: 'cluster';
  readonly namespace: string;
  readonly service: string;
  /** Of the Service, and of its pods alike. */
  readonly port: number;
}

export const legacyRegistry = {
  host: 'registry.viktorbarzin.me',
  credential: {
    user: { path: 'viktor', key: 'registry_user' },
    password: { path: 'viktor', key: 'registry_password' },
  },
  runsOn: {
    machine: 'registry-vm',
    name: 'private',
    port: 5050,
    htpasswd: { path: 'infra', key: 'registry_htpasswd' },
    tls: {
      certificate: { path: 'infra', key: 'registry_tls_certificate' },
      key: { path: 'infra', key: 'registry_tls_key' },
    },
    garbageCollection: '25 3 * * 0',
  },
} as const satisfies LegacyRegistryFacts;
