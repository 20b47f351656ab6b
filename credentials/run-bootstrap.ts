import { Stopped } from '../steps/perform';
import { exit, type ExitCode } from '../terminal/exit-codes';
import type { Terminal } from '../terminal/terminal';
import { applyBootstrap, surveyBootstrap, type BootstrapProps } from './bootstrap';
import { describeStep, planTable } from './describe';

/** Prints what a bootstrap would do. */
export async function planBootstrapFor(props: BootstrapProps, { out }: Terminal): Promise<ExitCode> {
  const plan = await surveyBootstrap(props);
  out(planTable(plan));
  return plan.steps.length === 0 ? exit.done : exit.found;
}

/**
 * Does it, and prints what was found, changed, and left when it stops.
 * @throws {@link Stopped}
 */
export async function applyBootstrapFor(props: BootstrapProps, { out, err }: Terminal): Promise<ExitCode> {
  const plan = await surveyBootstrap(props);
  const { steps } = plan;
  let begun = 0;
  try {
    await applyBootstrap(props, plan, (step, index) => {
      begun = index;
      err(`[${index + 1}/${steps.length}] ${describeStep(step)}\n`);
    });
  } catch (error) {
    out(planTable(plan, begun));
    const why = error instanceof Error ? error.message : String(error);
    throw new Stopped(`${why}\nwhat was begun is found, and put right, when it is run again`);
  }
  out(planTable(plan, steps.length));
  return exit.done;
}
