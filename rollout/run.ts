import { spawn } from 'node:child_process';
import type { Command } from './command';

/** What a program that has ended said. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end; the caller judges its exit code. */
export type Run = (command: Command) => Promise<Ran>;

/** Runs the programs of PATH, with the caller's environment. A program that is not there answers 127, as in a shell. */
export const runProgram: Run = ({ program, args, input = '' }) =>
  new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', ({ message }) => {
      resolve({ code: 127, stdout, stderr: message });
    });
    child.on('close', (code, signal) => {
      resolve({
        code: code ?? 1,
        stdout,
        stderr: signal === null ? stderr : `${stderr}ended by ${signal}\n`,
      });
    });
    child.stdin.on('error', () => undefined); // a program may end without reading its input
    child.stdin.end(input);
  });
