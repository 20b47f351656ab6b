import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, type Ran } from '../../terminal/run';
import type { VolumeMount } from './pod';

export interface PodProcessProps {
  /** A folder for what it sees of the lab. */
  readonly folder: string;
  /** What precedes a command in the network that it is to run in. */
  readonly enter: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly runAsUser: number;
  readonly runAsGroup: number;
  readonly readOnlyRootFilesystem: boolean;
  readonly mounts: readonly (VolumeMount & { readonly source: string })[];
  /** Host name to address: all that it resolves. */
  readonly hosts: Readonly<Record<string, string>>;
  /** The authority that it takes for the public ones. */
  readonly caFile: string;
}

/** Where a pod's image would have Node; here it is this machine's. */
const nodeFolder = '/lab-node';
const path = [nodeFolder, '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(
  ':',
);

/**
 * Runs a container's command to its end: with a root of its own, in which the volumes stand at their mount paths and
 * of this machine only programs and libraries do, as the pod's user and without any capability.
 */
export async function runPodProcess(props: PodProcessProps): Promise<Ran> {
  const { folder, enter, command, environment, runAsUser, runAsGroup } = props;
  const script = join(folder, 'root.sh');
  writeFileSync(script, renderScript(props));
  const identity = [`--reuid=${runAsUser}`, `--regid=${runAsGroup}`, '--clear-groups'];
  const powerless = ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all', '--pdeathsig=KILL'];
  const [program = '', ...args] = [
    ...enter,
    ...['unshare', '--mount', '--propagation', 'private', '--', 'sh', script],
    ...['setpriv', ...identity, ...powerless, '--', ...command],
  ];
  return run(program, args, {
    env: {
      PATH: path,
      // Node has the public authorities built in; this makes it ask the image's instead.
      SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
      NODE_OPTIONS: '--use-openssl-ca',
      ...environment,
    },
  });
}

function renderScript({ folder, readOnlyRootFilesystem, mounts, hosts, caFile }: PodProcessProps): string {
  const root = join(folder, 'root');
  const etc = join(folder, 'etc');
  mkdirSync(root, { recursive: true });
  mkdirSync(join(etc, 'ssl/certs'), { recursive: true });
  const lines = Object.entries({ localhost: '127.0.0.1', ...hosts }).map(
    ([name, address]) => `${address} ${name}\n`,
  );
  writeFileSync(join(etc, 'hosts'), lines.join(''));
  writeFileSync(join(etc, 'nsswitch.conf'), 'hosts: files\n');
  writeFileSync(join(etc, 'ssl/certs/ca-certificates.crt'), readFileSync(caFile));

  const machine = ['/usr', '/bin', '/lib', '/lib64', '/proc', '/dev'].filter((name) => existsSync(name));
  const bind = (source: string, target: string): string[] => [
    `mkdir -p ${quoted(root + target)}`,
    `mount --rbind ${quoted(source)} ${quoted(root + target)}`,
  ];
  const readOnly = (target: string): string => `mount -o remount,bind,ro ${quoted(root + target)}`;
  return [
    'set -e',
    `mount -t tmpfs -o mode=0755 tmpfs ${quoted(root)}`,
    ...machine.flatMap((name) => bind(name, name)),
    `mkdir ${quoted(root + nodeFolder)}`,
    `touch ${quoted(`${root}${nodeFolder}/node`)}`,
    `mount --bind ${quoted(process.execPath)} ${quoted(`${root}${nodeFolder}/node`)}`,
    ...bind(etc, '/etc'),
    ...mounts.flatMap((mount) => [
      ...bind(mount.source, mount.mountPath),
      ...(mount.readOnly === true ? [readOnly(mount.mountPath)] : []),
    ]),
    ...(readOnlyRootFilesystem ? [readOnly('')] : []),
    `exec chroot ${quoted(root)} "$@"`,
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
