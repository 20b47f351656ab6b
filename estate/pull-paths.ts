import { hosts } from './hosts';
import type { FrontDoor, ResolverName } from './name-resolution';
import { registryVm } from './registry-vm';

/** Who pulls: each class resolves names and trusts certificates in its own way (incident 2026-06-04). */
export type ClientClass = 'kubelet' | 'pod' | 'vm' | 'workstation' | 'ci-runner';

/** How a class of client finds hosts, and what it can connect to. */
export interface ClientNetwork {
  /**
   * Every DNS server it may ask. One that gives the public answer spoils the others: systemd-resolved stays with the
   * second one after a single failure of the first.
   */
  readonly resolvers: readonly ResolverName[];
  /** Front doors that a connection of this class arrives at. */
  readonly reaches: readonly FrontDoor[];
}

/**
 * How one class of client reaches one registry host. A certificate is always checked: containerd's `skip_verify` leaves
 * the request for the token unchecked too, with the credential in it (ADR 6), so there is no field for it.
 */
export interface PullPath {
  readonly client: ClientClass;
  /** The host that the reference names, which is also what the ingress routes by. */
  readonly host: string;
  /**
   * - `dns`: the client dials the host itself, and its resolver says where that is.
   * - `redirect`: a hosts.toml says what containerd dials, as Phase 0 of May 2026 planned it for Forgejo, but a name
   *   instead of an address. The token's realm is outside of any redirect and is found by DNS all the same (ADR 6).
   */
  readonly by: 'dns' | 'redirect';
  /** What the client dials: a name, or an address where nothing routes by name; with a port unless it is 443. */
  readonly dials: string;
  readonly scheme: 'https' | 'http';
  /** Whether a name-routing ingress answers at the far end. */
  readonly nameRouted: boolean;
  /** What has to answer at the far end. */
  readonly frontDoor: FrontDoor;
  /** Host of the token service that the registry's challenge names; without one the registry asks for a password. */
  readonly realm?: string;
  /** The phase in which it is gone, which is the last. */
  readonly until?: 'decommission';
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
const forgejo = {
  host: 'forgejo.viktorbarzin.me',
  by: 'dns',
  dials: 'forgejo.viktorbarzin.me',
  scheme: 'https',
  nameRouted: true,
  realm: 'forgejo.viktorbarzin.me',
} as const;

/** The legacy registry by a name that the VM's certificate has, for each spelling that references use. */
const legacy = {
  client: 'kubelet',
  by: 'redirect',
  dials: `${hosts.registryVmPullName}:${registryVm.legacy.port}`,
  scheme: 'https',
  nameRouted: false,
  frontDoor: 'registry-vm',
  until: 'decommission',
} as const;

/** The ways to registries that ask for credentials. Ways to the pull-through caches follow from `pullThroughCaches`. */
export const pullPaths = [
  { client: 'kubelet', ...forgejo, frontDoor: 'traefik-load-balancer' },
  { client: 'pod', ...forgejo, frontDoor: 'traefik-service' },
  { client: 'vm', ...forgejo, frontDoor: 'traefik-load-balancer' },
  { client: 'workstation', ...forgejo, frontDoor: 'traefik-load-balancer' },
  { client: 'ci-runner', ...forgejo, frontDoor: 'traefik-service' },
  { ...legacy, host: 'registry.viktorbarzin.me' },
  { ...legacy, host: 'registry.viktorbarzin.me:5050' },
  { ...legacy, host: '10.0.20.10:5050' },
] as const satisfies readonly PullPath[];
