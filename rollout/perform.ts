import { said } from './fault';
import { reopen } from './node-plan';
import type { Run } from './run';
import { changesMachine, type Step } from './step';
import type { Target } from './target';

export interface PerformProps {
  readonly run: Run;
  /** Kept out of every message. */
  readonly secrets: readonly string[];
  /** Called before each step; throws when the rollout may not go on. */
  readonly before: () => Promise<void>;
  /** What stands behind a failed drain. */
  readonly explainDrain: (name: string) => Promise<string | undefined>;
  readonly out: (text: string) => void;
}

/** Why a rollout stopped at a machine, and how it was left. */
export class RolloutStopped extends Error {
  constructor(
    readonly target: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Carries out one machine's steps in order and stops at the first that fails. A node that was cordoned here and not
 * changed is opened again; one that was changed stays closed.
 * @throws {@link RolloutStopped}
 */
export async function perform({ name, steps }: Target, props: PerformProps): Promise<void> {
  const done: Step[] = [];
  for (const step of steps) {
    let begun = false;
    let fault = await props.before().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (fault === undefined) {
      props.out(`${name}: ${step.title}\n`);
      begun = true;
      const ran = await props.run(step.command);
      if (ran.code !== 0) {
        const why = step.kind === 'drain' ? await props.explainDrain(name) : undefined;
        fault = `${name}: ${step.title} failed, got ${why ?? said(ran, props.secrets)}; ${step.advice}`;
      }
    }
    if (fault !== undefined)
      throw new RolloutStopped(
        name,
        `${fault}\n${await leave(name, steps, begun ? [...done, step] : done, props.run)}`,
      );
    done.push(step);
  }
}

/** How the machine is left, in one line. */
async function leave(
  name: string,
  steps: readonly Step[],
  begun: readonly Step[],
  run: Run,
): Promise<string> {
  const plans = (kind: Step['kind']): boolean => steps.some((step) => step.kind === kind);
  const changed = begun.some(changesMachine);
  if (plans('cordon') && !changed) {
    // A cordon that was refused, or not begun, cannot be undone and need not be.
    const undone = await run(reopen(name).command);
    return `${name}: nothing was changed on it${undone.code === 0 ? ', and it is uncordoned again' : ''}`;
  }
  if (plans('uncordon')) return `${name}: it stays cordoned until a rollout finishes it`;
  return `${name}: ${changed ? 'it is left half-way' : 'nothing was changed on it'}`;
}
