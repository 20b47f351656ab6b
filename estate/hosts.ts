/** Load-balancer, machine and public addresses, each once. Names on them derive in `derived/`. */
export interface Hosts {
  readonly rootDomain: string;
  /** MetalLB address of Traefik. A client reaches it by name only: Traefik routes by Host and SNI. */
  readonly traefikLoadBalancer: string;
  /** Traefik's Service as pods name it. */
  readonly traefikService: string;
  /** IPv4 address and port. */
  readonly kubernetesApi: string;
  readonly vaultAddress: string;
  /** Folder of the runbooks as alerts link to it: a URL, or a path on Forgejo that begins with "/". */
  readonly runbooks: string;
  /** Prefixes of the annotations by which other tools of the cluster find an Ingress. */
  readonly annotationPrefixes: {
    /** What makes DNS records of Ingresses reads `<prefix>/dns-type`. @default nothing does */
    readonly dns?: string;
    /** What monitors from outside reads `<prefix>/external-monitor`. @default nothing does */
    readonly monitor?: string;
  };
  /** Limits of Traefik's `websecure` entry point, in seconds for a whole request; 0 = none. */
  readonly websecure: { readonly readTimeoutSeconds: number; readonly writeTimeoutSeconds: number };
}

export const hosts = {
  rootDomain: 'viktorbarzin.me',
  traefikLoadBalancer: '10.0.20.200',
  traefikService: 'traefik.traefik.svc.cluster.local',
  kubernetesApi: '10.0.20.100:6443',
  vaultAddress: 'https://vault.viktorbarzin.me',
  runbooks: '/viktor/registry-consolidation/src/branch/main/docs/runbooks',
  annotationPrefixes: { dns: 'cloudflare.viktorbarzin.me', monitor: 'uptime.viktorbarzin.me' },
  websecure: { readTimeoutSeconds: 60, writeTimeoutSeconds: 60 },
} as const satisfies Hosts;
