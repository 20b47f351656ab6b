import { spawn } from 'node:child_process';
import { said } from '../terminal/said';
import { runScript, type Command, type SshAccess } from './machine-command';

/** A lock on one machine for as long as the connection that took it lives: it ends with a killed rollout. */
export interface MachineLock {
  release(): Promise<void>;
}

export function lockCommand(access: SshAccess, host: string): Command {
  return runScript(access, host, 'lock', []);
}

/** Takes the machine's lock, or rejects with what was said. */
export async function holdLock({ program, args }: Command): Promise<MachineLock> {
  const child = spawn(program, args, { stdio: 'pipe' });
  const ended = new Promise<void>((resolve) => child.on('close', resolve));
  child.stdin.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.once('data', () => {
      resolve();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      reject(new Error(said({ code: code ?? 1, stdout: '', stderr })));
    });
  });
  return {
    release: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
