import { spawn } from 'node:child_process';
import { said } from '../terminal/said';
import { runScript, type Command, type SshAccess } from './machine-command';

export function lockCommand(access: SshAccess, host: string): Command {
  return runScript(access, host, 'lock', []);
}

/**
 * Takes a machine's lock, for as long as the connection that took it lives: it ends with a killed rollout. Gives what ends
 * it, or rejects with what was said.
 */
export async function holdLock({ program, args }: Command): Promise<() => Promise<void>> {
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
  return async () => {
    child.stdin.end();
    await ended;
  };
}
