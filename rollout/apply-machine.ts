import { Refused } from '../steps/refused';
import type { Target } from '../steps/step';
import { holdLock, lockCommand } from './machine-lock';
import { performMachine } from './perform-machine';
import { surveyMachine, type SurveyProps } from './survey-machine';
import type { MachineStep } from './machine-step';

export interface ApplyMachineProps extends SurveyProps {
  readonly signal: AbortSignal;
  readonly out: (text: string) => void;
}

/** Looks at a machine outside the cluster. @throws {@link Refused} */
export async function surveyAlone(props: SurveyProps): Promise<Target<MachineStep>> {
  const { plan, faults } = await surveyMachine(props);
  if (faults.length > 0) throw new Refused(faults);
  return { name: props.name, steps: plan.steps, notes: [] };
}

/**
 * Brings a machine outside the cluster to its description, under a lock of its own: it must be repairable while the
 * cluster is down. Returns how many machines were changed.
 * @throws {@link Refused} before anything was begun, `Stopped` at the first failure
 */
export async function applyMachine(props: ApplyMachineProps): Promise<0 | 1> {
  const { name, host, access, machine, run, signal, out } = props;
  if ((await surveyAlone(props)).steps.length === 0) return 0;
  const release = await holdLock(lockCommand(access, host)).catch((error: unknown) => {
    throw new Refused([
      `${name}: its lock could not be taken, got ${error instanceof Error ? error.message : String(error)}; wait for the other rollout`,
    ]);
  });
  try {
    await performMachine(await surveyAlone(props), { run, secrets: machine.secrets, signal, out });
  } finally {
    await release();
  }
  return 1;
}
