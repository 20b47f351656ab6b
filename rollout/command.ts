import { shellLine } from '../terminal/shell-line';

/** One program run on the operator's machine. It is printed as it runs, but for what it is fed. */
export interface Command {
  readonly program: 'ssh' | 'kubectl';
  readonly args: readonly string[];
  /** Its standard input. It may hold a secret: never printed. @default empty */
  readonly input?: string;
}

/** How machines are reached with the system's `ssh`. */
export interface SshAccess {
  /** The login on every machine; `sudo -n` must work for it. */
  readonly user: string;
  /** @default ssh's own files */
  readonly knownHosts?: string;
  /** Passed as `ssh -F`; addresses, ports and keys belong there. @default ssh's own files */
  readonly configFile?: string;
}

/**
 * A script run as root on a machine. Nothing is asked of a person, an unknown host key is refused, and a machine that
 * falls silent for a minute is given up. What the script is fed never stands on a command line.
 */
export function asRoot(
  access: SshAccess,
  host: string,
  script: string,
  args: readonly string[],
  input?: string,
): Command {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'ConnectTimeout=10',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=4',
    ...(access.knownHosts === undefined ? [] : [`UserKnownHostsFile=${access.knownHosts}`]),
  ];
  return {
    program: 'ssh',
    args: [
      '-T',
      ...(access.configFile === undefined ? [] : ['-F', access.configFile]),
      ...options.flatMap((option) => ['-o', option]),
      `${access.user}@${host}`,
      shellLine(['sudo', '-n', 'sh', '-c', script, 'rollout', ...args]),
    ],
    ...(input === undefined ? {} : { input }),
  };
}

export function kubectl(args: readonly string[], input?: string): Command {
  return { program: 'kubectl', args, ...(input === undefined ? {} : { input }) };
}

/** What an operator would type to run it. */
export function commandLine({ program, args }: Command): string {
  return shellLine([program, ...args]);
}
