import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Readable;
  /** Where its standard output goes as bytes, and is ended. @default it is answered as text */
  readonly output?: Writable;
  /** Ends the program, and what it started, when it goes beyond. @default it may run and print for ever */
  readonly limits?: RunLimits;
}

export interface RunLimits {
  readonly seconds: number;
  /** On standard output and standard error together. */
  readonly bytes: number;
  readonly signal?: AbortSignal;
  /** Between being asked to end and being ended: Terraform gives its lock back meanwhile. @default 60 */
  readonly graceSeconds?: number;
}

/** The output of a command that has ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; the caller judges its exit code. Rejects when it cannot be started. */
export async function run(
  command: string,
  args: readonly string[],
  { input = '', output, ...options }: RunOptions = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const { limits, ...where } = options;
    // A group of its own, so that what it started is ended with it.
    const child = spawn(command, args, { ...where, stdio: 'pipe', detached: limits !== undefined });
    const ended = limits === undefined ? () => undefined : endBeyond(limits, child);
    // Nobody would read what it goes on to say, nor send what it waits for.
    const broken = (error: Error): void => {
      child.kill();
      reject(error);
    };
    let stdout = '';
    let stderr = '';
    if (output === undefined) child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    else child.stdout.pipe(output).on('error', broken);
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error) => {
      ended();
      reject(error);
    });
    child.on('close', (code, signal) => {
      const why = ended();
      const told = why ?? (signal === null ? undefined : `ended by ${signal}`);
      resolve({
        code: why === undefined ? (code ?? 1) : 1,
        stdout,
        stderr: told === undefined ? stderr : `${stderr}${told}\n`,
      });
    });
    child.stdin.on('error', () => undefined); // a command may end without reading its input
    if (typeof input === 'string') child.stdin.end(input);
    else input.on('error', broken).pipe(child.stdin);
  });
}

/** Watches over a program; the answer says why it was ended, if it was, and ends the watch. */
function endBeyond(
  { seconds, bytes, signal, graceSeconds = 60 }: RunLimits,
  { pid, stdout, stderr }: ChildProcessWithoutNullStreams,
): () => string | undefined {
  let why: string | undefined;
  let printed = 0;
  const timers: NodeJS.Timeout[] = [];
  const kill = (how: NodeJS.Signals): void => {
    try {
      if (pid !== undefined) process.kill(-pid, how);
    } catch {
      // It has ended meanwhile.
    }
  };
  const end = (reason: string): void => {
    if (why !== undefined) return;
    why = reason;
    kill('SIGINT');
    timers.push(setTimeout(kill, 1000 * graceSeconds, 'SIGKILL'));
  };
  const count = (text: string | Buffer): void => {
    printed += text.length;
    if (printed > bytes) {
      end(`ended: it printed more than ${bytes} bytes`);
      for (const stream of [stdout, stderr]) stream.removeAllListeners('data').resume();
    }
  };
  const callOff = (): void => {
    end('ended: it was called off');
  };
  timers.push(
    setTimeout(() => {
      end(`ended: it ran longer than ${seconds} s`);
    }, 1000 * seconds),
  );
  // Without an encoding: what passes on as bytes would be changed by one.
  for (const stream of [stdout, stderr]) stream.on('data', count);
  signal?.addEventListener('abort', callOff);
  if (signal?.aborted === true) callOff();
  return () => {
    for (const timer of timers) clearTimeout(timer);
    signal?.removeEventListener('abort', callOff);
    return why;
  };
}

/** Runs a command that must succeed, and returns what it printed. */
export async function runOk(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code === 0) return stdout;
  const said = (stderr.trim() === '' ? stdout : stderr).trim().split('\n').slice(-20).join('\n');
  throw new Error(`"${command} ${args.join(' ')}" ended with code ${code}:\n${said}`);
}

/** Whether a process of this machine, also another user's, is there. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
