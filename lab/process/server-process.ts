import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from './process-identity';
import { until } from './until';

export interface ServerProcessProps {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment besides PATH: a server sees nothing of the caller's. @default {} */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logFile: string;
  /** Whether it serves; asked every 50 ms. A rejection counts as "not yet". */
  readonly ready: () => Promise<boolean>;
  /** A loaded machine is slow, not wrong. @default 180 s */
  readonly readyTimeoutMs?: number;
}

export interface ServerProcess {
  readonly identity: ProcessIdentity;
  /** Asks it to end, insists after ten seconds, and resolves when it has ended. */
  stop(): Promise<void>;
  /** Ends it as a power cut would, and resolves when it has ended. */
  kill(): Promise<void>;
}

/** Starts a server and waits until it is ready; it ends with this process, however that ends (PR_SET_PDEATHSIG, prctl(2)). */
export async function startServerProcess(props: ServerProcessProps): Promise<ServerProcess> {
  const { name, command, args, env = {}, cwd, logFile, ready, readyTimeoutMs = 180_000 } = props;
  const log = openSync(logFile, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', log, log],
    detached: true, // a process group of its own: the terminal's Ctrl-C reaches only the lab
  });
  closeSync(log);
  const end = once(child, 'exit').catch(() => undefined);
  const pid = child.pid;
  const identity = pid === undefined ? undefined : identify(pid);
  if (pid === undefined || identity === undefined) {
    throw new Error(`${name}: "${command}" could not be started\n${logTail(logFile)}`);
  }
  const signal = (which: NodeJS.Signals): void => {
    // Its own group, so that what it started ends with it; only while the id is still its own.
    if (isRunning(identity)) process.kill(-pid, which);
  };
  const kill = async (): Promise<void> => {
    signal('SIGKILL');
    await end;
  };
  const stop = async (): Promise<void> => {
    signal('SIGTERM');
    await Promise.race([end, sleep(10_000, undefined, { ref: false })]);
    await kill();
  };

  const isReady = await until(
    async () => {
      if (await ready().catch(() => false)) return true;
      if (!isRunning(identity)) throw new Error(`${name}: ended before it was ready\n${logTail(logFile)}`);
      return undefined;
    },
    { timeoutMs: readyTimeoutMs },
  );
  if (isReady === undefined) {
    await kill();
    throw new Error(`${name}: not ready after ${readyTimeoutMs / 1000} s\n${logTail(logFile)}`);
  }
  return { identity, stop, kill };
}

function logTail(logFile: string): string {
  return `${readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-20).join('\n')}\n(${logFile})`;
}
