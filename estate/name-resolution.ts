/** Where a name can lead: what answers at the far end of an address. */
export type FrontDoor =
  /** Traefik behind the address that MetalLB gives it. */
  | 'traefik-load-balancer'
  /** Traefik's Service, for what runs in the cluster. */
  | 'traefik-service'
  /** The router's public address; from inside a connection to it is not sent back in (incidents 27 and 51). */
  | 'public-address'
  /** The registry VM's own ports, where nothing routes by name. */
  | 'registry-vm';

/** The front door that a server's answer for a name of ours leads to. */
export interface Answer {
  /** Forgejo's host, or the name that the legacy registry is dialled by until it is gone. */
  readonly nameOf: 'forgejo' | 'legacy-registry';
  readonly frontDoor: FrontDoor;
}

/**
 * What one DNS server says about the names that clients pull by. Each name is a zone of its own wherever it is
 * answered: a private zone for the whole domain has to repeat every public record, and the one that did not left 27
 * monitors dark and mail without its records (incident 52).
 */
export interface Resolver {
  /** Which form its configuration has: zone files, unbound.conf, a Corefile. `others`: it is not configured from here. */
  readonly configuredAs: 'zone-files' | 'unbound' | 'corefile' | 'others';
  /** Where clients send their questions; pods and the world are told otherwise. @default none */
  readonly address?: string;
  readonly answers: readonly Answer[];
  /** Whom it asks for these names when it has no answer of its own. */
  readonly forwardsTo?: string;
}

/** The DNS servers of the homelab by name; `cloud-init/dns-records.ts` renders what each has to hold. */
export const resolvers = {
  technitium: {
    configuredAs: 'zone-files',
    address: '10.0.20.201',
    answers: [
      { nameOf: 'forgejo', frontDoor: 'traefik-load-balancer' },
      { nameOf: 'legacy-registry', frontDoor: 'registry-vm' },
    ],
    forwardsTo: 'public',
  },
  // Unbound on the router: the one DNS server of nodes, VMs and workstations.
  pfsense: { configuredAs: 'unbound', address: '10.0.20.1', answers: [], forwardsTo: 'technitium' },
  coredns: {
    configuredAs: 'corefile',
    answers: [{ nameOf: 'forgejo', frontDoor: 'traefik-service' }],
    forwardsTo: 'technitium',
  },
  public: { configuredAs: 'others', answers: [{ nameOf: 'forgejo', frontDoor: 'public-address' }] },
} as const satisfies Record<string, Resolver>;
