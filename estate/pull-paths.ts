import type { FrontDoor } from './name-resolution';

/** Who pulls: each class resolves names and trusts certificates in its own way (incident 2026-06-04). */
export type ClientClass = 'kubelet' | 'pod' | 'vm' | 'workstation' | 'ci-runner';

/** How a class of client finds hosts, and what it can connect to. */
export interface ClientNetwork {
  /** Every DNS server it may ask. One public answer spoils the others: systemd-resolved stays with it after one failure. */
  readonly resolvers: readonly string[];
  /** Front doors that a connection of this class arrives at. */
  readonly reaches: readonly FrontDoor[];
}

/**
 * How one class of client reaches one of our registries, under every spelling of it. What it dials derives
 * (`derived/pull-paths.ts`): no address can be written here, and a certificate is always checked, because containerd's
 * `skip_verify` leaves the request for the token unchecked too, with the credential in it (ADR 6).
 */
export interface PullPathFacts {
  readonly client: ClientClass;
  readonly registry: 'forgejo' | 'legacy';
  /**
   * - `dns`: the client dials the host itself, and its resolver says where that is.
   * - `redirect`: a hosts.toml says what containerd dials, as Phase 0 of May 2026 planned it for Forgejo, but a name
   *   instead of an address. The token's realm is outside of any redirect and is found by DNS all the same (ADR 6).
   */
  readonly by: 'dns' | 'redirect';
  /** What has to answer at the far end. */
  readonly frontDoor: FrontDoor;
}

export const clientNetworks = {
  kubelet: { resolvers: ['pfsense'], reaches: ['traefik-load-balancer', 'registry-vm'] },
  pod: { resolvers: ['coredns'], reaches: ['traefik-service', 'traefik-load-balancer', 'registry-vm'] },
  vm: { resolvers: ['pfsense'], reaches: ['traefik-load-balancer', 'registry-vm'] },
  workstation: { resolvers: ['pfsense'], reaches: ['traefik-load-balancer', 'registry-vm'] },
  // Woodpecker's steps are pods; GitHub's runners push to ghcr.io and never come here.
  'ci-runner': {
    resolvers: ['coredns'],
    reaches: ['traefik-service', 'traefik-load-balancer', 'registry-vm'],
  },
} as const satisfies Record<ClientClass, ClientNetwork>;

/** By `dns`, so that nodes need no file for it; for the plan of May 2026 write `redirect` in the row of the kubelet. */
const forgejo = { registry: 'forgejo', by: 'dns' } as const;

/** The ways to registries that ask for credentials. Ways to the pull-through caches follow from `pullThroughCaches`. */
export const pullPaths = [
  { client: 'kubelet', ...forgejo, frontDoor: 'traefik-load-balancer' },
  { client: 'pod', ...forgejo, frontDoor: 'traefik-service' },
  { client: 'vm', ...forgejo, frontDoor: 'traefik-load-balancer' },
  { client: 'workstation', ...forgejo, frontDoor: 'traefik-load-balancer' },
  { client: 'ci-runner', ...forgejo, frontDoor: 'traefik-service' },
  // By a name that the VM's certificate has, for each spelling that references use.
  { client: 'kubelet', registry: 'legacy', by: 'redirect', frontDoor: 'registry-vm' },
] as const satisfies readonly PullPathFacts[];
