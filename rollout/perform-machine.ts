import { perform } from '../steps/perform';
import type { Target } from '../steps/step';
import { said } from '../terminal/said';
import { changesMachine, type MachineStep } from './machine-step';
import { reopen } from './node-plan';
import type { Run } from './run-command';

export interface PerformMachineProps {
  readonly run: Run;
  /** Kept out of every message. */
  readonly secrets: readonly string[];
  /** Called before each step; throws when the rollout may not go on. @default nothing */
  readonly before?: () => Promise<void>;
  /** What stands behind a failed drain. @default what kubectl says */
  readonly explainDrain?: (name: string) => Promise<string | undefined>;
  readonly signal: AbortSignal;
  readonly out: (text: string) => void;
}

/**
 * Carries out one machine's steps. A node that was cordoned here and not changed is opened again; one that was changed
 * stays closed.
 * @throws `Stopped` at the first step that fails
 */
export async function performMachine(
  target: Target<MachineStep>,
  { run, secrets, before, explainDrain, ...props }: PerformMachineProps,
): Promise<void> {
  const { name, steps } = target;
  await perform(target, {
    ...props,
    before: async () => before?.(),
    leave: (begun) => leave(name, steps, begun, run),
    carryOut: async ({ command, kind }) => {
      const ran = await run(command);
      if (ran.code === 0) return undefined;
      return (kind === 'drain' ? await explainDrain?.(name) : undefined) ?? said(ran, secrets);
    },
  });
}

async function leave(
  name: string,
  steps: readonly MachineStep[],
  begun: readonly MachineStep[],
  run: Run,
): Promise<string> {
  const plans = (kind: MachineStep['kind']): boolean => steps.some((step) => step.kind === kind);
  const changed = begun.some(changesMachine);
  if (plans('cordon') && !changed) {
    // A cordon that was refused, or not begun, cannot be undone and need not be.
    const undone = await run(reopen(name).command);
    return `${name}: nothing was changed on it${undone.code === 0 ? ', and it is uncordoned again' : ''}`;
  }
  if (plans('uncordon')) return `${name}: it stays cordoned until a rollout finishes it`;
  return `${name}: ${changed ? 'it is left half-way' : 'nothing was changed on it'}`;
}
