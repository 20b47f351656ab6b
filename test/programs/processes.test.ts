import { afterAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { forEachConcurrently } from '../../clients/concurrency';
import { probeRequests, probeWorld } from '../support/hostile-probe';
import { retentionRequests, retentionWorld } from '../support/hostile-retention';
import { play, scripts, type Life } from '../support/hostile-run';
import { SEED } from '../support/hostile-suite';
import { ProgramProcesses } from '../support/program-process';

const PACE = { deadlineSeconds: 3, timeoutMs: Infinity };
const GRACE_MS = 5_000;
/** A processor that others share lets a process be late. */
const LATE_MS = 5_000;
const AT_A_TIME = 5;
const processes = new ProgramProcesses();
afterAll(() => {
  processes.remove();
});

it.each([
  ['retention', retentionWorld, retentionRequests],
  ['integrity-probe', probeWorld, probeRequests],
] as const)(
  '%s as its pod runs it keeps its promises under hostile answers and real signals',
  async (program, world, requests) => {
    const interrupted = scripts(requests).map((script) => ({
      ...script,
      interruption: script.interruption && {
        ...script.interruption,
        by: script.interruption.by === 'SIGINT' ? 'SIGINT' : 'SIGTERM',
      },
    }));
    const broken: string[] = [];
    await forEachConcurrently(
      fc.sample(interrupted, { seed: SEED, numRuns: 12 }),
      AT_A_TIME,
      async (script) => {
        let signalledAt = Infinity;
        const life: Life = async ({ stage, config, environment, tokens }) => {
          const { deadlineSeconds } = stage.pace;
          const { kill, ended } = processes.start(
            program,
            { ...config, deadlineSeconds },
            environment,
            tokens,
          );
          stage.onInterruption = (by) => {
            signalledAt = performance.now();
            kill(by as NodeJS.Signals);
          };
          const { code, ...ending } = await ended;
          return { ...ending, code: code ?? -1 };
        };
        const { broken: found } = await play(script, PACE, world, life);
        const tookMs = performance.now() - signalledAt;
        if (tookMs > GRACE_MS + LATE_MS) found.push(`ended ${tookMs} ms after its signal`);
        if (found.length > 0) broken.push(`${JSON.stringify(script)}: ${found.join('; ')}`);
      },
    );

    expect(broken).toEqual([]);
  },
  300_000,
);
