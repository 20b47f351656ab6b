import { RolloutRefused } from './fault';
import { holdLock, lockCommand } from './machine-lock';
import { perform } from './perform';
import { surveyMachine, type SurveyProps } from './survey-machine';
import type { Target } from './target';

export interface ApplyMachineProps<Effect extends string> extends SurveyProps<Effect> {
  readonly signal: AbortSignal;
  readonly out: (text: string) => void;
}

/** Looks at a machine outside the cluster. @throws {@link RolloutRefused} */
export async function surveyAlone<Effect extends string>(props: SurveyProps<Effect>): Promise<Target> {
  const { plan, faults } = await surveyMachine(props);
  if (faults.length > 0) throw new RolloutRefused(faults);
  return { name: props.name, steps: plan.steps, notes: [] };
}

/**
 * Brings a machine outside the cluster to its description, under a lock of its own: it must be repairable while the
 * cluster is down. Returns how many machines were changed.
 * @throws {@link RolloutRefused} before anything was begun, `RolloutStopped` at the first failure
 */
export async function applyMachine<Effect extends string>(props: ApplyMachineProps<Effect>): Promise<0 | 1> {
  const { name, host, access, machine, run, signal, out } = props;
  if ((await surveyAlone(props)).steps.length === 0) return 0;
  const lock = await holdLock(lockCommand(access, host)).catch((error: unknown) => {
    throw new RolloutRefused([
      `${name}: its lock could not be taken, got ${error instanceof Error ? error.message : String(error)}; wait for the other rollout`,
    ]);
  });
  try {
    await perform(await surveyAlone(props), {
      run,
      secrets: machine.secrets,
      out,
      explainDrain: () => Promise.resolve(undefined),
      before: () =>
        signal.aborted ? Promise.reject(new Error('stopped by its operator')) : Promise.resolve(),
    });
  } finally {
    await lock.release();
  }
  return 1;
}
