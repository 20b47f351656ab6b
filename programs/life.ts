import { printable } from '../clients/printable';
import { EXIT, type ExitCode } from './exit-code';
import { Stopped } from './stopped';

/** What a program is told, and the work that follows from it. */
export interface Begun {
  /** The whole run ends by then. */
  readonly deadlineSeconds: number;
  /** The work with its report and metrics; it has 5 s to end once the signal is aborted (by a {@link Stopped}). */
  readonly run: (signal: AbortSignal) => Promise<ExitCode>;
}

export interface Program {
  /** As messages name it, e.g. `retention`. */
  readonly name: string;
  /** Reads configuration and secrets; what it throws is a refusal. */
  readonly begin: (print: (line: string) => void) => Begun;
}

/** The part of a process that a life is made of. */
export interface Host {
  exitCode?: number | string | null | undefined;
  readonly stdout: Pick<NodeJS.WriteStream, 'write' | 'on'>;
  readonly stderr: Pick<NodeJS.WriteStream, 'write' | 'on'>;
  on(event: string, listener: (detail?: unknown) => void): unknown;
  exit(code: number): unknown;
}

/** Within 5 s of being told to stop, with some of it left for the process itself. */
const CUT_OFF_MS = 4_500;
const FLUSH_MS = 250;
const MAX_LINE_LENGTH = 4_096;

/**
 * One run of one program, from its first line to its exit code, which is failure until the work is done. SIGTERM, SIGINT,
 * the deadline, work that waits for nothing, and an error that nobody caught all abort one signal; then, or when the work
 * is done, the process exits by itself, whatever it has left open.
 */
export async function live(program: Program, host: Host = process): Promise<ExitCode> {
  host.exitCode = EXIT.failed;
  const code = await outcome(program, host, printer(host.stdout), printer(host.stderr));
  host.exitCode = code;
  await Promise.all([host.stdout, host.stderr].map(flushed));
  host.exit(code);
  return code;
}

/** Writes lines; that nobody reads them any more does not end the work, which still has metrics to push. */
function printer(stream: Host['stdout']): (line: string) => void {
  stream.on('error', () => undefined);
  return (line) => {
    stream.write(`${printable(line, MAX_LINE_LENGTH)}\n`);
  };
}

async function outcome(
  { name, begin }: Program,
  host: Host,
  print: (line: string) => void,
  complain: (line: string) => void,
): Promise<ExitCode> {
  let begun: Begun;
  try {
    begun = begin(print);
  } catch (error) {
    complain(messageOf(error));
    return EXIT.refused;
  }
  const { deadlineSeconds, run } = begun;
  const controller = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const cutOff = new Promise<ExitCode>((resolve) => {
    controller.signal.addEventListener('abort', () => {
      const giveUp = (): void => {
        complain(`${name}: was cut off, because it did not end ${CUT_OFF_MS} ms after it was told to`);
        resolve(EXIT.failed);
      };
      timers.push(setTimeout(giveUp, CUT_OFF_MS));
    });
  });
  const stop = (by: Stopped['by'], why: string): void => {
    if (!controller.signal.aborted) controller.abort(new Stopped(by, `${name}: ${why}`));
  };
  const listeners = listenersOf(stop);
  for (const [event, listener] of listeners) host.on(event, listener);
  const late = `its deadline of ${deadlineSeconds} s has passed; look for what answers slowly, or give the job more time`;
  // Alone it does not keep the process: what then still waits is found out by \`beforeExit\`.
  timers.push(setTimeout(stop, deadlineSeconds * 1000, 'deadline', late).unref());
  try {
    return await Promise.race([run(controller.signal), cutOff]);
  } catch (error) {
    complain(messageOf(error));
    return EXIT.failed;
  } finally {
    timers.forEach(clearTimeout);
  }
}

function listenersOf(
  stop: (by: Stopped['by'], why: string) => void,
): readonly [string, (error?: unknown) => void][] {
  const caught = (error: unknown): void => {
    stop('fault', `an error that nobody expected, got "${messageOf(error)}"; report it`);
  };
  const told = (signal: string) => (): void => {
    stop('signal', `the run was told to stop (${signal})`);
  };
  const drained = (): void => {
    stop('stall', 'the work waits for something that never comes; report it');
  };
  return [
    ['SIGTERM', told('SIGTERM')],
    ['SIGINT', told('SIGINT')],
    ['beforeExit', drained],
    ['uncaughtException', caught],
    ['unhandledRejection', caught],
  ];
}

/** A pipe takes what is written later; one that is full and read by nobody is not waited for. */
function flushed(stream: Host['stdout']): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, FLUSH_MS);
    stream.write('', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
