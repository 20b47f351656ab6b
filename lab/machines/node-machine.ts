import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupOf, makeCgroup } from '../process/cgroups';
import type { ClusterNetwork } from '../network/cluster-network';
import type { LabContext } from '../process/lab-context';
import { runOk } from '../../terminal/run';

/** The addresses of one node; the networks exist in the lab's own namespaces alone. */
export interface NodeAddresses {
  readonly address: string;
  readonly podCidr: string;
}

/** A node as its programs see it: a machine with its own name, processes, mounts and network. */
export interface NodeMachine extends NodeAddresses {
  readonly name: string;
  readonly etc: string;
  /** Control group of its pods. */
  readonly cgroup: string;
  /** What a command is preceded by to run there. */
  readonly enter: readonly string[];
}

/** What all pods of a lab have their addresses from. */
export const podsCidr = '172.31.0.0/16';
const routerAddress = '172.30.0.1';

export function addressesOf(index: number): NodeAddresses {
  return { address: `172.30.0.${index + 11}`, podCidr: `172.31.${index + 1}.0/24` };
}

/** Lets the nodes of a network reach each other, and it. */
export async function joinNodes({ enter }: ClusterNetwork): Promise<void> {
  await inside(enter, [
    'ip link add nodes type bridge',
    `ip address add ${routerAddress}/24 dev nodes`,
    'ip link set nodes up',
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
  ]);
}

// Process 1 of the node: takes in what loses its parent, and ends all of it when it ends.
const init = [
  'set -e',
  'mount --bind "$1/etc" /etc',
  'mount --bind "$1/lib" /var/lib',
  'mount --bind "$1/log" /var/log',
  'mount -t tmpfs tmpfs /run',
  'hostname "$2"',
  'ip link set lo up',
  'trap "exit 0" TERM',
  'touch "$1/ready"',
  'while :; do sleep infinity & wait; done',
].join('\n');

/**
 * Starts a node in namespaces of its own, as a container would be. With the process that holds them the kernel ends every
 * other in them (pid_namespaces(7)): shims and pods, which outlive their parents by design, do not outlive the lab.
 */
export async function startNodeMachine(
  lab: LabContext,
  network: ClusterNetwork,
  name: string,
  addresses: NodeAddresses,
): Promise<NodeMachine> {
  const folder = lab.serverFolder(name);
  for (const part of ['etc', 'lib', 'log']) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n'); // the kubelet looks root up
  const cgroup = join(cgroupOf(lab.folder), name);
  makeCgroup(cgroup);
  const namespaces = ['--mount', '--net', '--uts', '--ipc', '--pid'];
  const { identity } = await lab.start({
    name,
    command: 'unshare',
    args: [
      ...[...namespaces, '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'],
      ...['sh', '-c', init, 'sh', folder, name],
    ],
    ready: () => Promise.resolve(existsSync(join(folder, 'ready'))),
  });
  const { pid } = identity;
  const enter = [
    ...['nsenter', `--mount=/proc/${pid}/ns/mnt`, `--net=/proc/${pid}/ns/net`, `--uts=/proc/${pid}/ns/uts`],
    ...[`--ipc=/proc/${pid}/ns/ipc`, `--pid=/proc/${pid}/ns/pid_for_children`, '--'],
  ];
  const interfaceName = `to-${addresses.address.split('.').at(-1) ?? ''}`;
  await inside(network.enter, [
    `ip link add ${interfaceName} type veth peer name eth0 netns ${pid}`,
    `ip link set ${interfaceName} master nodes up`,
    `ip route add ${addresses.podCidr} via ${addresses.address}`,
  ]);
  await inside(enter, [
    `ip address add ${addresses.address}/24 dev eth0`,
    'ip link set eth0 up',
    `ip route add default via ${routerAddress}`,
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
  ]);
  return { ...addresses, name, etc: join(folder, 'etc'), cgroup, enter };
}

async function inside(enter: readonly string[], lines: readonly string[]): Promise<void> {
  const [command, ...args] = [...enter, 'sh', '-ec', lines.join('\n')];
  await runOk(command, args);
}
