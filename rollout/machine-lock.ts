import { spawn } from 'node:child_process';
import { asRoot, type Command, type SshAccess } from './command';
import { said } from './fault';

/** A lock on one machine for as long as the connection that took it lives: it ends with a killed rollout. */
export interface MachineLock {
  release(): Promise<void>;
}

const script = [
  'exec 9>/run/registry-consolidation.lock',
  'flock -n 9 || { echo "another rollout holds /run/registry-consolidation.lock" >&2; exit 1; }',
  'echo locked; cat >/dev/null',
].join('; ');

export function lockCommand(access: SshAccess, host: string): Command {
  return asRoot(access, host, script, []);
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
