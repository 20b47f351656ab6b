import { hostname } from 'node:os';
import { vaultOf } from '../credentials/operator';
import { estate } from '../estate';
import type { RolloutProps } from '../rollout/rollout';
import { runProgram } from '../rollout/run-command';
import { isRunning } from '../terminal/run';
import type { Terminal } from '../terminal/terminal';
import { untilTold } from '../terminal/until-told';

/** The person at this process: the programs of its PATH, and being told to end: once after the running step, twice at once. */
export function meansOfNodes(
  environment: Terminal['environment'],
): Omit<RolloutProps, 'nodes' | 'vm' | 'out'> {
  return {
    vault: () => vaultOf(estate, environment, 'secret'),
    run: runProgram,
    lease: { host: hostname(), pid: process.pid, now: () => new Date(), isRunning },
    signal: untilTold(),
  };
}
