/** Who pulls: each class resolves names and trusts certificates in its own way (incident 2026-06-04). */
export type ClientClass = 'kubelet' | 'pod' | 'vm' | 'workstation' | 'ci-runner';

/** How one class of client reaches one registry host. */
export interface PullPath {
  readonly client: ClientClass;
  /** The host that the reference names, which is also what the ingress routes by. */
  readonly host: string;
  /** What the client dials: a name, or an address where nothing routes by name. */
  readonly dials: string;
  /** Whether a name-routing ingress answers at the far end. */
  readonly nameRouted: boolean;
}

export const pullPaths = [
  { client: 'kubelet', host: 'forgejo.viktorbarzin.me', dials: 'forgejo.viktorbarzin.me', nameRouted: true },
  { client: 'pod', host: 'forgejo.viktorbarzin.me', dials: 'forgejo.viktorbarzin.me', nameRouted: true },
  { client: 'vm', host: 'forgejo.viktorbarzin.me', dials: 'forgejo.viktorbarzin.me', nameRouted: true },
  {
    client: 'workstation',
    host: 'forgejo.viktorbarzin.me',
    dials: 'forgejo.viktorbarzin.me',
    nameRouted: true,
  },
  {
    client: 'ci-runner',
    host: 'forgejo.viktorbarzin.me',
    dials: 'forgejo.viktorbarzin.me',
    nameRouted: true,
  },
  { client: 'kubelet', host: 'registry.viktorbarzin.me', dials: '10.0.20.10:5050', nameRouted: false },
  { client: 'kubelet', host: '10.0.20.10:5050', dials: '10.0.20.10:5050', nameRouted: false },
  { client: 'kubelet', host: 'docker.io', dials: '10.0.20.10:5000', nameRouted: false },
  { client: 'kubelet', host: 'ghcr.io', dials: '10.0.20.10:5010', nameRouted: false },
] as const satisfies readonly PullPath[];
