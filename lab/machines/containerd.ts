import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNetwork } from '../network/cluster-network';
import { findTool } from '../programs/find-tool';
import { run, runOk } from '../../terminal/run';
import { startProgram } from '../programs/start-program';
import type { LabContext } from '../process/lab-context';
import type { NodeMachine } from './node-machine';

export interface ContainerdProps {
  /** Several run beside each other under different names. @default the program's, after its machine's */
  readonly name?: string;
  /** @default 1, which Debian has */
  readonly major?: 1 | 2;
  /** /etc/containerd/config.toml as a node has it. @default one that reads /etc/containerd/certs.d */
  readonly configToml?: string;
  /** A folder that becomes /etc/containerd/certs.d. @default none */
  readonly hostsDirectory?: string;
  /** Host name to address, known without asking anybody. @default {} */
  readonly hostAliases?: Readonly<Record<string, string>>;
  /** Address of the DNS server that it asks. @default none, so that it knows its aliases alone */
  readonly nameServer?: string;
  /** Where it finds the other servers at their production addresses. @default this machine's network */
  readonly network?: ClusterNetwork;
  /** The node that it runs pods on. @default none: it pulls and runs nothing */
  readonly machine?: NodeMachine;
}

/** A registry login, as the kubelet finds it in a pull Secret. */
export interface PullCredentials {
  readonly username: string;
  readonly password: string;
}

export interface Containerd {
  /** Its /etc/containerd/certs.d: files that change there count at the next pull. */
  readonly hostsDirectory: string;
  /** Its socket: the container runtime interface and containerd's own API. */
  readonly socket: string;
  /** Pulls as the kubelet does and returns the image's id. @throws with containerd's message */
  pull(reference: string, credentials?: PullCredentials): Promise<string>;
}

const defaultConfiguration = [
  'version = 2',
  '[plugins."io.containerd.grpc.v1.cri".registry]',
  '  config_path = "/etc/containerd/certs.d"',
  '',
].join('\n');

/**
 * Starts containerd with a mount namespace and an /etc of its own: a node's files stand where a node has them, and the
 * lab's authority is the one that everybody trusts. Takes root.
 */
export async function startContainerd(lab: LabContext, props: ContainerdProps = {}): Promise<Containerd> {
  const {
    configToml = defaultConfiguration,
    hostsDirectory,
    hostAliases = {},
    nameServer,
    network,
    machine,
    major = 1,
  } = props;
  const program = major === 1 ? 'containerd' : 'containerd-2';
  const name = props.name ?? (machine === undefined ? program : `${machine.name}-${program}`);
  const folder = lab.serverFolder(name);
  const etc = machine?.etc ?? join(folder, 'etc');
  const certificates = join(etc, 'containerd/certs.d');
  mkdirSync(certificates, { recursive: true });
  mkdirSync(join(etc, 'ssl/certs'), { recursive: true });
  if (hostsDirectory !== undefined) cpSync(hostsDirectory, certificates, { recursive: true });
  const hosts = Object.entries({ localhost: '127.0.0.1', ...hostAliases });
  writeFileSync(join(etc, 'hosts'), hosts.map(([name, address]) => `${address} ${name}\n`).join(''));
  if (nameServer !== undefined) writeFileSync(join(etc, 'resolv.conf'), `nameserver ${nameServer}\n`);
  writeFileSync(join(etc, 'containerd/config.toml'), configToml);
  writeFileSync(join(etc, 'ssl/certs/ca-certificates.crt'), readFileSync(lab.authority.caFile));

  const crictl = (await findTool('crictl')).path;
  const socket = join(folder, 'containerd.sock');
  const endpoint = ['--runtime-endpoint', `unix://${socket}`];
  const script = 'mount --bind "$1" /etc && shift && exec "$@"';
  await startProgram(lab, {
    ...{ tool: program, name },
    ready: async () => (await run(crictl, [...endpoint, 'images'])).code === 0,
    within: machine?.enter ?? [
      ...(network?.enter ?? []),
      ...['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', script, 'sh', etc],
    ],
    args: [
      ...['--config', '/etc/containerd/config.toml', '--address', socket],
      ...['--root', join(folder, 'root'), '--state', join(folder, 'state')],
    ],
  });
  return {
    hostsDirectory: certificates,
    socket,
    pull: async (reference, login) => {
      const env = { CRICTL_CREDS: login && `${login.username}:${login.password}` };
      const said = await runOk(crictl, [...endpoint, 'pull', reference], { env });
      return said.trim().replace('Image is up to date for ', '');
    },
  };
}
