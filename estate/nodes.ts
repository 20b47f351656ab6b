import type { VaultKey } from './tokens';

/** What every Kubernetes node is set up with; numbers are the predecessor's of May 2026 unless a field says otherwise. */
export interface NodeFacts {
  /** The login of people and of the rollout. */
  readonly admin: {
    readonly name: string;
    /** No default: a node of 2026-05-26 came up without any key and out of reach (incident 47). */
    readonly sshPublicKey: VaultKey;
    /** A crypt(3) hash, for the console. */
    readonly passwordHash: VaultKey;
  };
  readonly apt: Readonly<
    Record<'docker' | 'kubernetes', { readonly source: string; readonly keyid: string }>
  >;
  /** Installed at first boot; `kubernetesPackages` are held afterwards, so that only a person upgrades a node. */
  readonly packages: readonly string[];
  readonly kubernetesPackages: readonly string[];
  /** Made on every node for what mounts them. */
  readonly folders: readonly string[];
  /** `kubeadm join …` in one line, as `kubeadm token create --print-join-command` prints it. */
  readonly joinCommand: VaultKey;
  readonly containerd: ContainerdFacts;
  readonly kubelet: KubeletFacts;
  readonly journald: { readonly maxUse: string; readonly maxRetention: string };
  readonly swap: { readonly path: string; readonly gibibytes: number; readonly swappiness: number };
}

export interface ContainerdFacts {
  /** Which major version the packages install; its configuration has another form in each. */
  readonly major: 1 | 2;
  /** Where hosts.toml files are looked up; containerd reads them anew at each pull. */
  readonly hostsDirectory: string;
  /** Layers at a time for one image. containerd's default is 3. */
  readonly maxConcurrentDownloads: number;
  /** What kubeadm of this Kubernetes version expects, so that the kubelet's collector spares it. */
  readonly pauseImage: string;
}

export interface KubeletFacts {
  readonly maxParallelImagePulls: number;
  /** For the system and for Kubernetes, each. */
  readonly reserved: { readonly cpu: string; readonly memory: string };
  readonly evictionHard: EvictionThresholds;
  readonly evictionSoft: EvictionThresholds;
  /** How long a soft threshold is crossed before pods go. The kubelet asks for it; this value is this project's. */
  readonly evictionSoftGrace: string;
  readonly containerLog: { readonly maxSize: string; readonly maxFiles: number };
  /** Seconds that pods get when the node shuts down, by priority, lowest first: 310 in all, split by this project. */
  readonly shutdownGrace: readonly { readonly priority: number; readonly seconds: number }[];
  /** How long logind lets the kubelet delay a shutdown; must be above the sum of `shutdownGrace`. */
  readonly inhibitDelayMaxSeconds: number;
  /** How long systemd waits for the kubelet to stop. */
  readonly stopTimeoutSeconds: number;
}

export type EvictionThresholds = Readonly<
  Record<'memoryAvailable' | 'nodefsAvailable' | 'imagefsAvailable', string>
>;

export const nodes = {
  admin: {
    name: 'wizard',
    sshPublicKey: { path: 'viktor', key: 'ssh_public_key' },
    passwordHash: { path: 'infra', key: 'vm_wizard_password' },
  },
  apt: {
    docker: {
      source: 'deb [signed-by=$KEY_FILE] https://download.docker.com/linux/ubuntu noble stable',
      keyid: '9DC858229FC7DD38854AE2D88D81803C0EBFCD88',
    },
    kubernetes: {
      source: 'deb [signed-by=$KEY_FILE] https://pkgs.k8s.io/core:/stable:/v1.32/deb/ /',
      keyid: 'DE15B14486CD377B9E876E1A234654DA9A296436',
    },
  },
  packages: ['qemu-guest-agent', 'open-iscsi', 'containerd.io'],
  kubernetesPackages: ['kubeadm', 'kubelet', 'kubectl'],
  folders: ['/sentinel'],
  joinCommand: { path: 'infra', key: 'k8s_join_command' },
  containerd: {
    major: 2,
    hostsDirectory: '/etc/containerd/certs.d',
    maxConcurrentDownloads: 20,
    pauseImage: 'registry.k8s.io/pause:3.10',
  },
  kubelet: {
    maxParallelImagePulls: 50,
    reserved: { cpu: '200m', memory: '512Mi' },
    evictionHard: { memoryAvailable: '500Mi', nodefsAvailable: '15%', imagefsAvailable: '20%' },
    evictionSoft: { memoryAvailable: '1Gi', nodefsAvailable: '20%', imagefsAvailable: '25%' },
    evictionSoftGrace: '1m30s',
    containerLog: { maxSize: '10Mi', maxFiles: 3 },
    shutdownGrace: [
      { priority: 0, seconds: 160 },
      { priority: 1000000000, seconds: 60 },
      { priority: 2000000000, seconds: 90 },
    ],
    inhibitDelayMaxSeconds: 480,
    stopTimeoutSeconds: 420,
  },
  journald: { maxUse: '500M', maxRetention: '7day' },
  swap: { path: '/swap.img', gibibytes: 4, swappiness: 10 },
} as const satisfies NodeFacts;
