import { hosts } from './hosts';

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

export type ResolverName = 'technitium' | 'pfsense' | 'coredns' | 'public';

/** A name and the front door that a resolver's answer leads to. */
export interface Answer {
  readonly name: string;
  readonly frontDoor: FrontDoor;
  /** The phase in which nobody asks any more, which is the last. */
  readonly until?: 'decommission';
}

/**
 * What one DNS server says about the names that clients pull by. Each name is a zone of its own wherever it is
 * answered: a private zone for the whole domain has to repeat every public record, and the one that did not left 27
 * monitors dark and mail without its records (incident 52).
 */
export interface Resolver {
  /** Where clients send their questions; pods and the world are told otherwise. @default none */
  readonly address?: string;
  readonly answers: readonly Answer[];
  /** Whom it asks for these names when it has no answer of its own. */
  readonly forwardsTo?: ResolverName;
}

/** The DNS servers of the homelab; `cloud-init/dns-records.ts` renders what each has to hold. */
export const resolvers = {
  technitium: {
    address: hosts.technitiumDns,
    answers: [
      { name: 'forgejo.viktorbarzin.me', frontDoor: 'traefik-load-balancer' },
      { name: hosts.registryVmPullName, frontDoor: 'registry-vm', until: 'decommission' },
    ],
    forwardsTo: 'public',
  },
  pfsense: { address: hosts.pfsenseDns, answers: [], forwardsTo: 'technitium' },
  coredns: {
    answers: [{ name: 'forgejo.viktorbarzin.me', frontDoor: 'traefik-service' }],
    forwardsTo: 'technitium',
  },
  public: { answers: [{ name: 'forgejo.viktorbarzin.me', frontDoor: 'public-address' }] },
} as const satisfies Record<ResolverName, Resolver>;
