import type { VaultKey } from './tokens';

/** The VM that holds the pull-through caches and, where it runs there and until it is gone, the legacy registry. */
export interface RegistryVmFacts {
  readonly address: string;
  /** By which the rollout reaches it over ssh. */
  readonly name: string;
  /** A name that the certificate of its registry has, by which nodes dial it; answered inside only. */
  readonly pullName: string;
  /** Configuration and data lie below it. */
  readonly folder: string;
  /** What its services run, by full reference: a floating nginx may change under the caches at any restart. */
  readonly images: { readonly registry: string; readonly nginx: string; readonly ui: string };
  /** The web page that lists a cache's images. */
  readonly ui: { readonly port: number; readonly cache: string };
  /** Where Prometheus scrapes a cache. */
  readonly metrics: { readonly port: number; readonly cache: string };
  readonly breakGlass: BreakGlassFacts;
  /** How a pipeline reaches it: the private key, and the host's key as a `known_hosts` line, never learned on first use. */
  readonly ssh: {
    readonly user: string;
    readonly privateKey: VaultKey;
    readonly publicKey: VaultKey;
    readonly knownHosts: VaultKey;
  };
  /** Installed at first boot. */
  readonly packages: readonly string[];
  /** Folder of the tree that holds its files, below `files`, and the script that brings them there. */
  readonly treeFolder: string;
  /** What its containers see. The lab runs the same files outside of any container, so these differ there. */
  readonly container: {
    readonly listenAddress: string;
    readonly registryPort: number;
    /** Docker's DNS, which follows a container to its new address. */
    readonly resolver: string;
    readonly dataFolder: string;
    readonly htpasswdFile: string;
    readonly tlsFolder: string;
    /** Everything that nginx writes. */
    readonly nginxFolder: string;
  };
}

/** Images that the cluster can be repaired with while every registry is down (ADR 24). */
export interface BreakGlassFacts {
  /** Nothing ever deletes it. Below the VM's folder unless it begins with "/". */
  readonly folder: string;
  /** When they are saved, in the VM's time zone. */
  readonly schedule: string;
  /** How many archives of an image there are, in each place. */
  readonly keep: number;
  /** A folder of another machine, as mount(8) takes it. @default the VM's is the only copy */
  readonly secondCopy?: {
    /** In metrics and messages. */
    readonly name: string;
    readonly type: string;
    readonly source: string;
    readonly options: string;
  };
}

export const registryVm = {
  address: '10.0.20.10',
  name: 'docker-registry.viktorbarzin.lan',
  pullName: 'registry-vm.viktorbarzin.me',
  folder: '/opt/registry',
  images: {
    registry: 'docker.io/library/registry:2.8.3',
    nginx: 'docker.io/library/nginx:1.28.0-alpine',
    ui: 'docker.io/joxit/docker-registry-ui:2.5.7',
  },
  ui: { port: 8080, cache: 'dockerhub' },
  metrics: { port: 5001, cache: 'dockerhub' },
  breakGlass: {
    folder: 'breakglass',
    schedule: '45 1 * * *',
    keep: 3,
    secondCopy: {
      name: 'nas',
      type: 'nfs',
      source: '192.168.1.127:/srv/nfs/forgejo-breakglass',
      // An error instead of a wait without end when it goes away.
      options: 'soft,timeo=100,retrans=3,nosuid,nodev,noexec',
    },
  },
  ssh: {
    user: 'root',
    privateKey: { path: 'woodpecker', key: 'registry_ssh_key' },
    publicKey: { path: 'woodpecker', key: 'registry_ssh_public_key' },
    knownHosts: { path: 'woodpecker', key: 'registry_ssh_known_hosts' },
  },
  packages: [
    ...['qemu-guest-agent', 'curl', 'cron', 'nfs-common'],
    ...['docker-ce', 'docker-ce-cli', 'containerd.io', 'docker-compose-plugin'],
  ],
  treeFolder: 'modules/docker-registry',
  container: {
    listenAddress: '0.0.0.0',
    registryPort: 5000,
    resolver: '127.0.0.11',
    dataFolder: '/var/lib/registry',
    htpasswdFile: '/auth/htpasswd',
    tlsFolder: '/etc/nginx/tls',
    nginxFolder: '/var/cache/nginx',
  },
} as const satisfies RegistryVmFacts;
