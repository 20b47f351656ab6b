import type { Estate } from '../estate/estate';
import { type ContainerdMajor, containerdConfigToml } from './containerd-config';
import { absentHostsTomlFolders, hostsTomlFiles } from './containerd-hosts';
import { fileFaults } from './file-faults';
import { kubeletDropIn } from './kubelet-config';
import { managedFile, type ManagedFile, type ManagedMachine } from './managed-file';
import { printUnit } from './systemd-unit';
import { pullPathsOf } from '../estate/derived/pull-paths';
import type { ClientClass } from '../estate/pull-paths';

/** What a changed file of a node needs before it counts: see {@link nodeEffectCommands}. */
export type NodeEffect = 'none' | 'containerd' | 'kubelet' | 'journald' | 'logind' | 'resolved' | 'sysctl';

const sysctlFile = '/etc/sysctl.d/90-registry-consolidation.conf';
const kubeletDropInFolder = '/etc/kubernetes/kubelet.conf.d';

/**
 * The files of every Kubernetes node in the estate's phase, whether it boots for the first time or runs already.
 *
 * @param containerdMajor of a running node, as its `nodeInfo.containerRuntimeVersion` says; by default what a new node
 * installs
 * @throws Error with every fault of its files, one a line
 */
export function kubernetesNode(
  estate: Estate,
  containerdMajor: ContainerdMajor = estate.nodes.containerd.major,
): ManagedMachine<NodeEffect> {
  const { containerd } = estate.nodes;
  const config = containerdConfigToml(containerd, containerdMajor);
  const files: ManagedFile<NodeEffect>[] = [
    managedFile('/etc/containerd/config.toml', 'containerd', config),
    ...hostsTomlFiles(estate),
    ...kubeletFiles(estate),
    ...systemFiles(estate),
    resolvedDropIn(estate, 'kubelet'),
  ];
  const faults = fileFaults('kubernetesNode.files', files);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return {
    directories: [containerd.hostsDirectory, kubeletDropInFolder, ...estate.nodes.folders],
    files,
    absent: absentHostsTomlFolders(estate),
  };
}

/** In the order in which they must run. */
const effectCommands: Readonly<Record<Exclude<NodeEffect, 'none'>, readonly (readonly string[])[]>> = {
  sysctl: [['sysctl', `--load=${sysctlFile}`]],
  resolved: [['systemctl', 'restart', 'systemd-resolved']],
  journald: [['systemctl', 'restart', 'systemd-journald']],
  // Restarting it would end sessions; it reads its configuration anew on a reload.
  logind: [['systemctl', 'kill', '--signal=HUP', 'systemd-logind']],
  containerd: [['systemctl', 'restart', 'containerd']],
  kubelet: [
    ['systemctl', 'daemon-reload'],
    ['systemctl', 'restart', 'kubelet'],
    // Its node stays Ready for up to a minute without it. By kubeadm's own address; curl ends well only for an answer.
    [
      ...['curl', '--fail', '--silent', '--show-error', '--output', '/dev/null', '--max-time', '10'],
      ...['--retry', '30', '--retry-delay', '2', '--retry-connrefused', 'http://127.0.0.1:10248/healthz'],
    ],
  ],
};

/** The commands that make changed files count, in order, each once. containerd reads hosts.toml anew at each pull. */
export function nodeEffectCommands(effects: readonly string[]): readonly (readonly string[])[] {
  return Object.entries(effectCommands).flatMap(([effect, commands]) =>
    effects.includes(effect) ? commands : [],
  );
}

function kubeletFiles({ nodes: { kubelet } }: Estate): readonly ManagedFile<NodeEffect>[] {
  const folders = `--config=/var/lib/kubelet/config.yaml --config-dir=${kubeletDropInFolder}`;
  const service = {
    Environment: `"KUBELET_CONFIG_ARGS=${folders}"`,
    TimeoutStopSec: `${kubelet.stopTimeoutSeconds}s`,
  };
  return [
    managedFile(`${kubeletDropInFolder}/10-registry-consolidation.conf`, 'kubelet', kubeletDropIn(kubelet)),
    // After kubeadm's 10-kubeadm.conf, whose variable it replaces; KUBELET_EXTRA_ARGS stays the machine's own.
    managedFile(
      '/etc/systemd/system/kubelet.service.d/20-registry-consolidation.conf',
      'kubelet',
      printUnit({ Service: service }),
    ),
  ];
}

function systemFiles({ nodes: { kubelet, journald, swap } }: Estate): readonly ManagedFile<NodeEffect>[] {
  const login = { InhibitDelayMaxSec: `${kubelet.inhibitDelayMaxSeconds}s` };
  const journal = {
    ...{ Storage: 'persistent', SystemMaxUse: journald.maxUse, MaxRetentionSec: journald.maxRetention },
  };
  return [
    // After 99-kubelet.conf, in which the kubelet asks logind for the sum of its grace periods and no more.
    managedFile(
      '/etc/systemd/logind.conf.d/99-registry-consolidation.conf',
      'logind',
      printUnit({ Login: login }),
    ),
    managedFile(
      '/etc/systemd/journald.conf.d/10-registry-consolidation.conf',
      'journald',
      printUnit({ Journal: journal }),
    ),
    // kubeadm refuses to join without forwarding, which docker-ce used to switch on as it started.
    managedFile(sysctlFile, 'sysctl', `net.ipv4.ip_forward = 1\nvm.swappiness = ${swap.swappiness}\n`),
  ];
}

/**
 * What tells a machine's resolver to ask the split horizon for the names on its pull paths, and for no others: the
 * servers that the machine was made with may be public ones, which answer with an address that does not work from
 * inside. `~` routes a name without making it a search domain (resolved.conf(5)).
 */
function resolvedDropIn(estate: Estate, client: ClientClass): ManagedFile<'resolved'> {
  const servers = estate.clientNetworks[client].resolvers.flatMap((name) => {
    const address = estate.resolvers[name]?.address;
    return address === undefined ? [] : [address];
  });
  const domains = namesOnPaths(estate, client).map((name) => `~${name}`);
  return managedFile(
    '/etc/systemd/resolved.conf.d/10-registry-consolidation.conf',
    'resolved',
    printUnit({ Resolve: { DNS: servers.join(' '), Domains: domains.join(' ') } }),
  );
}

/** The names that a class of client looks up in order to pull, each once, in order. */
function namesOnPaths(estate: Estate, client: ClientClass): readonly string[] {
  const names = pullPathsOf(estate)
    .filter((path) => path.client === client && path.isPresent)
    .flatMap(({ dials, realm = dials }) => [dials, realm])
    .map((host) => host.replace(/:\d+$/, ''))
    .filter((host) => /[a-z]/.test(host));
  return [...new Set(names)].sort();
}
