/** Load-balancer, machine and public addresses, each once, and the names that reach them. */
export interface Hosts {
  readonly rootDomain: string;
  /** MetalLB address of Traefik. A client reaches it by name only: Traefik routes by Host and SNI. */
  readonly traefikLoadBalancer: string;
  /** Traefik's Service as pods name it. */
  readonly traefikService: string;
  readonly technitiumDns: string;
  /** Unbound on the router: the one DNS server of nodes, VMs and workstations. */
  readonly pfsenseDns: string;
  readonly kubernetesApi: string;
  readonly registryVm: string;
  readonly registryVmName: string;
  /** The VM by a name that the wildcard certificate of its registry has; answered inside only. */
  readonly registryVmPullName: string;
  readonly vaultAddress: string;
  /** In-cluster URL of the Pushgateway, without a path. */
  readonly pushgatewayUrl: string;
  /** Port on every node by which machines outside the cluster reach the Pushgateway. */
  readonly pushgatewayNodePort: number;
  /** Folder of the runbooks as alerts link to it. */
  readonly runbooksUrl: string;
  /** Limits of Traefik's `websecure` entry point, in seconds for a whole request; 0 = none. */
  readonly websecure: { readonly readTimeoutSeconds: number; readonly writeTimeoutSeconds: number };
}

export const hosts = {
  rootDomain: 'viktorbarzin.me',
  traefikLoadBalancer: '10.0.20.200',
  traefikService: 'traefik.traefik.svc.cluster.local',
  technitiumDns: '10.0.20.201',
  pfsenseDns: '10.0.20.1',
  kubernetesApi: '10.0.20.100:6443',
  registryVm: '10.0.20.10',
  registryVmName: 'docker-registry.viktorbarzin.lan',
  registryVmPullName: 'registry-vm.viktorbarzin.me',
  vaultAddress: 'https://vault.viktorbarzin.me',
  pushgatewayUrl: 'http://prometheus-prometheus-pushgateway.monitoring:9091',
  pushgatewayNodePort: 30091,
  runbooksUrl: 'https://forgejo.viktorbarzin.me/viktor/registry-consolidation/src/branch/main/docs/runbooks',
  websecure: { readTimeoutSeconds: 60, writeTimeoutSeconds: 60 },
} as const satisfies Hosts;
