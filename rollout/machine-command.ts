import { machineScripts, type MachineScript } from '../cloud-init/machine-scripts';
import { shellLine } from '../terminal/shell-words';

export interface Command {
  readonly program: 'ssh' | 'kubectl';
  readonly args: readonly string[];
  /** Its standard input. It may hold a secret: never printed. @default empty */
  readonly input?: string;
  /** What a plan prints: what an operator would type, a script of cloud-init/machine-scripts by its name. */
  readonly shown: string;
}

/** How machines are reached with the system's `ssh`. */
export interface SshAccess {
  /** The login on every machine; `sudo -n` must work for it. */
  readonly user: string;
  /** @default ssh's own files */
  readonly knownHosts?: string | undefined;
  /** Passed as `ssh -F`; addresses, ports and keys belong there. @default ssh's own files */
  readonly configFile?: string | undefined;
}

/**
 * A command line run as root on a machine. Nothing is asked of a person, an unknown host key is refused, and a machine
 * that falls silent for a minute is given up. What it is fed never stands on a command line.
 */
export function asRoot(
  access: SshAccess,
  host: string,
  script: string,
  args: readonly string[] = [],
  { input, shown = script }: { readonly input?: string | undefined; readonly shown?: string } = {},
): Command {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'ConnectTimeout=10',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=4',
    ...(access.knownHosts === undefined ? [] : [`UserKnownHostsFile=${access.knownHosts}`]),
  ];
  const login = `${access.user}@${host}`;
  return {
    program: 'ssh',
    args: [
      '-T',
      ...(access.configFile === undefined ? [] : ['-F', access.configFile]),
      ...options.flatMap((option) => ['-o', option]),
      login,
      shellLine(['sudo', '-n', 'sh', '-c', script, 'rollout', ...args]),
    ],
    ...(input === undefined ? {} : { input }),
    shown: `ssh ${login} ${shown}`,
  };
}

export function runScript(
  access: SshAccess,
  host: string,
  name: MachineScript,
  args: readonly string[],
  input?: string,
): Command {
  return asRoot(access, host, machineScripts[name], args, {
    input,
    shown: shellLine([`${name}.sh`, ...args]),
  });
}

/** Each of its requests ends, also at a server that does not answer: later than a deletion waits. */
export function kubectl(args: readonly string[], input?: string): Command {
  return {
    program: 'kubectl',
    args: ['--request-timeout=150s', ...args],
    ...(input === undefined ? {} : { input }),
    shown: shellLine(['kubectl', ...args]),
  };
}
