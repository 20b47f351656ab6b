import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ClusterNetwork } from '../network/cluster-network';
import { findTool, type FoundTool } from '../programs/find-tool';
import type { LabContext } from '../process/lab-context';
import { run, runOk } from '../../terminal/run';
import type { DebianSource } from '../programs/tool';
import { tools } from '../programs/tools';

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
  const packages = [await findTool('sshd', lab.progress), await findTool('sudo', lab.progress)];
  const folder = lab.serverFolder(name);
  const staged = join(folder, 'staged');
  const stage = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(join(staged, path)), { recursive: true });
    writeFileSync(join(staged, path), text, { mode });
  };
  await runOk('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, 'host_key')]);
  stage('etc/ssh/host_key', readFileSync(join(folder, 'host_key'), 'utf8'), 0o600);
  stage('etc/ssh/authorized_keys', authorizedKeys);
  stage(
    'etc/ssh/sshd_config',
    [
      `ListenAddress ${address}:22`,
      'HostKey /etc/ssh/host_key',
      'AuthorizedKeysFile /etc/ssh/authorized_keys',
      `AllowUsers ${user}`,
      'PasswordAuthentication no',
      'UsePAM no',
      '',
    ].join('\n'),
  );
  stage('etc/sudoers', `root ALL=(ALL) ALL\n${user} ALL=(ALL) NOPASSWD: ALL\n`, 0o440);
  stage(
    'etc/pam.d/sudo',
    'auth sufficient pam_permit.so\naccount sufficient pam_permit.so\nsession sufficient pam_permit.so\n',
  );
  const aliases = Object.entries({ localhost: '127.0.0.1', [name]: '127.0.1.1', ...hostAliases });
  stage('etc/hosts', aliases.map(([host, to]) => `${to} ${host}\n`).join(''));
  for (const [path, { text, mode }] of Object.entries(files)) stage(path, text, mode);

  const root = join(folder, 'root');
  mkdirSync(root);
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const script = join(folder, 'boot.sh');
  writeFileSync(script, bootScript(packages, folders, user));
  const [command = '', ...args] = [
    ...network.enter,
    ...['unshare', '--mount', '--propagation', 'private', '--uts', '--pid', '--fork', '--kill-child', '--'],
    ...['sh', '-eu', script, root, staged, disk, name],
  ];
  const { identity } = await lab.start({
    name,
    version: packages[0]?.version ?? '',
    address: `${address}:22`,
    command,
    args,
    ready: async () =>
      (await run(network.enter[0] ?? '', [...network.enter.slice(1), 'ssh-keyscan', '-T', '1', address]))
        .stdout !== '',
  });
  const init = await initOf(identity.pid);
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

/** The first process inside: the only child of unshare(1). */
async function initOf(pid: number): Promise<number> {
  const children = await runOk('cat', [`/proc/${pid}/task/${pid}/children`]);
  return Number(children.trim());
}

/** Arguments: the root to make, a folder of files to put there, a folder on the disk, the machine's name. */
function bootScript(packages: readonly FoundTool[], folders: readonly string[], user: string): string {
  return `
root=$1; staged=$2; disk=$3; hostname "$4"
mount -t tmpfs -o mode=0755 tmpfs "$root"
layer() {
  mkdir -p "$root/.layers/$1/upper" "$root/.layers/$1/work" "$root/$1"
  mount -t overlay -o "lowerdir=/$1,upperdir=$root/.layers/$1/upper,workdir=$root/.layers/$1/work" overlay "$root/$1"
}
layer usr; layer etc
cp -a /bin /sbin /lib "$root/"; [ ! -e /lib64 ] || cp -a /lib64 "$root/"
for folder in proc sys dev run/sshd var/lib/containerd var/log opt root home/${user}; do mkdir -p "$root/$folder"; done
mkdir -m 1777 "$root/tmp" "$root/var/tmp"
mount -t proc proc "$root/proc"; mount --rbind /sys "$root/sys"; mount --rbind /dev "$root/dev"
mount --bind "$disk" "$root/var/lib/containerd"
for folder in ${folders
    .filter((each) => !each.startsWith('/usr/'))
    .map((each) => `"${each}"`)
    .join(' ')}; do
  mkdir -p "$root$folder"; mount --bind "$folder" "$root$folder"; mount -o remount,bind,ro "$root$folder"
done
${packages.map(installed).join('\n')}
cp -a --no-preserve=ownership "$staged/." "$root/"
grep -q '^sshd:' "$root/etc/passwd" || echo 'sshd:x:990:65534::/run/sshd:/usr/sbin/nologin' >>"$root/etc/passwd"
echo '${user}:x:1500:1500::/home/${user}:/bin/sh' >>"$root/etc/passwd"
echo '${user}:*:19000:0:99999:7:::' >>"$root/etc/shadow"
exec chroot "$root" /usr/sbin/sshd -D -e
`;
}

/** A package of the tool cache, laid over the machine's /usr and /etc; one on PATH is there already. */
function installed({ name, path, from }: FoundTool): string {
  if (from !== 'cache') return '';
  const { program } = tools[name].source as DebianSource;
  const unpacked = path.slice(0, -program.length);
  return `cp -a "${unpacked}usr/." "$root/usr/"; cp -a "${unpacked}etc/." "$root/etc/"; [ ! -d "${unpacked}lib" ] || cp -a "${unpacked}lib/." "$root/usr/lib/"`;
}
