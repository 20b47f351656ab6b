import { hostname } from 'node:os';
import type { RolloutProps } from './rollout';
import { runProgram } from './run-command';
import { isRunning } from '../terminal/run';

/** The person at this process: the programs of its PATH, and Ctrl-C, once to end after the running step, twice at once. */
export function operator({
  VAULT_ADDR: address,
  VAULT_TOKEN: token,
}: Readonly<Record<string, string | undefined>>): Omit<RolloutProps<never, never>, 'nodes' | 'vm' | 'out'> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => {
    interrupted.abort();
  });
  return {
    vault: { ...(address === undefined ? {} : { address }), ...(token === undefined ? {} : { token }) },
    run: runProgram,
    lease: { host: hostname(), pid: process.pid, now: () => new Date(), isRunning },
    signal: interrupted.signal,
  };
}
