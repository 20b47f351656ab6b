import { hostname } from 'node:os';
import type { RolloutProps } from './rollout';
import { runProgram } from './run-command';
import { isRunning } from '../terminal/run';
import { untilTold } from '../terminal/until-told';

/** The person at this process: the programs of its PATH, and being told to end: once after the running step, twice at once. */
export function operator({
  VAULT_ADDR: address,
  VAULT_TOKEN: token,
}: Readonly<Record<string, string | undefined>>): Omit<RolloutProps<never, never>, 'nodes' | 'vm' | 'out'> {
  return {
    vault: { ...(address === undefined ? {} : { address }), ...(token === undefined ? {} : { token }) },
    run: runProgram,
    lease: { host: hostname(), pid: process.pid, now: () => new Date(), isRunning },
    signal: untilTold(),
  };
}
