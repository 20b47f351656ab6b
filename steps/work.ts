import { exit, type ExitCode } from '../terminal/exit-codes';
import type { Step, Target } from './step';

/**
 * Work that can be looked at before it is done. A step that is done already is in no plan, so work that was killed goes
 * on when it is applied again. Both reject with `Refused`, holding every fault, before anything is begun.
 */
export interface Work<S extends Step> {
  readonly survey: () => Promise<readonly Target<S>[]>;
  /** Resolves to how many targets were changed; rejects with `Stopped` at the first failure. */
  readonly apply: () => Promise<number>;
  /** What a plan shows below a step's title, such as the very command. */
  readonly detailsOf: (step: S) => string;
}

type Print = (text: string) => void;

/** Prints what would be done, and changes nothing. */
export async function planWork<S extends Step>(
  { survey, detailsOf }: Work<S>,
  out: Print,
): Promise<ExitCode> {
  const targets = await survey();
  out(targets.map((target) => formatTarget(target, detailsOf)).join('\n'));
  return targets.every(({ steps }) => steps.length === 0) ? exit.done : exit.found;
}

/** Does what is still to do. @param noun of one target, such as `machine` */
export async function applyWork<S extends Step>(
  { apply }: Work<S>,
  noun: string,
  out: Print,
): Promise<ExitCode> {
  const changed = await apply();
  out(changed === 0 ? 'nothing to do\n' : `done: ${changed} ${noun}${changed === 1 ? '' : 's'}\n`);
  return exit.done;
}

/** For a reader: a target, its notes, and each step with what `detailsOf` says of it. */
function formatTarget<S extends Step>(
  { name, steps, notes }: Target<S>,
  detailsOf: (step: S) => string,
): string {
  const count =
    steps.length === 0 ? 'nothing to do' : steps.length === 1 ? '1 step' : `${steps.length} steps`;
  const lines = steps.flatMap((step) => [
    `  ${step.title}`,
    ...detailsOf(step)
      .split('\n')
      .map((line) => `    ${line}`.trimEnd()),
  ]);
  return [`${name}: ${count}`, ...notes.map((note) => `  note: ${note}`), ...lines, ''].join('\n');
}
