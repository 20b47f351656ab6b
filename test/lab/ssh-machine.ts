import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ClusterNetwork } from '../../lab/network/cluster-network';
import { findTool, type FoundTool } from '../../lab/programs/find-tool';
import type { LabContext } from '../../lab/process/lab-context';
import { run, runOk } from '../../terminal/run';
import type { DebianSource } from '../../lab/programs/tool';
import { tools } from '../../lab/programs/tools';

export interface SshMachineProps {
  readonly name: string;
  /** Its address in the cluster's network, where its sshd listens on port 22. */
  readonly address: string;
  readonly network: ClusterNetwork;
  /** A login that may become root without a password. */
  readonly user: string;
  /** Public keys of that login. */
  readonly authorizedKeys: string;
  /** Host name to address, all that it resolves. @default {} */
  readonly hostAliases?: Readonly<Record<string, string>>;
  /** Files that it begins with, by path. @default {} */
  readonly files?: Readonly<Record<string, { readonly text: string; readonly mode?: number }>>;
  /** Folders of this machine outside of /usr that it sees, and cannot change, at the same path. @default [] */
  readonly folders?: readonly string[];
}

/** A machine that is administered over ssh. */
export interface SshMachine {
  readonly name: string;
  readonly address: string;
  /** A line of known_hosts(5). */
  readonly hostKey: string;
  /** Where its files are seen from outside. */
  readonly root: string;
  /** Runs a command on it as root, without ssh; rejects when it fails. */
  readonly execute: (...command: readonly string[]) => Promise<string>;
}

/**
 * Starts a real sshd, and sudo for its login, in a file system of its own: this machine's programs, and an /etc, /var
 * and /run that nobody else sees. Its processes end with it. Takes root.
 */
export async function startSshMachine(lab: LabContext, props: SshMachineProps): Promise<SshMachine> {
  const { name, address, network, user, authorizedKeys, hostAliases = {}, files = {}, folders = [] } = props;
  const packages = [await findTool('sshd'), await findTool('sudo')];
  const folder = lab.serverFolder(name);
  const staged = join(folder, 'staged');
  const stage = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(join(staged, path)), { recursive: true });
    writeFileSync(join(staged, path), text, { mode });
  };
  await runOk('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, 'host_key')]);
  stage('etc/ssh/host_key', readFileSync(join(folder, 'host_key'), 'utf8'), 0o600);
  stage('etc/ssh/authorized_keys', authorizedKeys);
  const keys = 'HostKey /etc/ssh/host_key\nAuthorizedKeysFile /etc/ssh/authorized_keys\n';
  const logins = `AllowUsers ${user}\nPasswordAuthentication no\nUsePAM no\n`;
  stage('etc/ssh/sshd_config', `ListenAddress ${address}:22\n${keys}${logins}`);
  stage('etc/sudoers', `root ALL=(ALL) ALL\n${user} ALL=(ALL) NOPASSWD: ALL\n`, 0o440);
  const checks = ['auth', 'account', 'session'].map((check) => `${check} sufficient pam_permit.so\n`);
  stage('etc/pam.d/sudo', checks.join(''));
  const aliases = Object.entries({ localhost: '127.0.0.1', [name]: '127.0.1.1', ...hostAliases });
  stage('etc/hosts', aliases.map(([host, to]) => `${to} ${host}\n`).join(''));
  for (const [path, { text, mode }] of Object.entries(files)) stage(path, text, mode);

  const [root, disk] = [join(folder, 'root'), join(folder, 'disk')];
  for (const made of [root, disk]) mkdirSync(made);
  const [command = '', ...args] = [
    ...network.enter,
    ...['unshare', '--mount', '--propagation', 'private', '--uts', '--pid', '--fork', '--kill-child', '--'],
    ...['sh', join(__dirname, 'ssh-machine.sh'), root, staged, disk, name, user],
  ];
  const [enter = '', ...within] = network.enter;
  const { identity } = await lab.start({
    name,
    command,
    args,
    env: {
      FOLDERS: folders.filter((each) => !each.startsWith('/usr/')).join('\n'),
      PACKAGES: packages.flatMap(unpacked).join('\n'),
    },
    ready: async () => (await run(enter, [...within, 'ssh-keyscan', '-T', '1', address])).stdout !== '',
  });
  // The first process inside: the only child of unshare(1).
  const init = (await runOk('cat', [`/proc/${identity.pid}/task/${identity.pid}/children`])).trim();
  const publicKey = readFileSync(join(folder, 'host_key.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  return {
    name,
    address,
    hostKey: `${address} ${publicKey}`,
    root: `/proc/${init}/root`,
    execute: (...words) =>
      runOk('nsenter', [`--target=${init}`, '--all', '--root', '--wd=/', '--', ...words]),
  };
}

/** The folder of a package in the tool cache; one on PATH is there already. */
function unpacked({ name, path, from }: FoundTool): string[] {
  const { program } = tools[name].source as DebianSource;
  return from === 'cache' ? [path.slice(0, -program.length)] : [];
}
