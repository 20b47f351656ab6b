import { run, type Ran } from '../terminal/run';
import type { Command } from './machine-command';

/** Runs one command to its end, or until it is told to end; the caller judges its exit code. */
export type Run = (command: Command, signal?: AbortSignal) => Promise<Ran>;

/** Runs the programs of PATH, with the caller's environment. A program that is not there answers 127, as in a shell. */
export const runProgram: Run = ({ program, args, input = '' }, signal) =>
  run(program, args, {
    input,
    ...(signal && { limits: { signal, seconds: 600, bytes: 1 << 28, graceSeconds: 5 } }),
  }).catch((error: unknown) => ({
    code: 127,
    stdout: '',
    stderr: error instanceof Error ? error.message : String(error),
  }));
