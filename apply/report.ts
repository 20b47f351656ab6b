import { printable } from '../clients/printable';
import { gauge, type Gauge } from '../clients/pushgateway';
import { formatPlannedChanges, planKinds } from '../delivery/planned-changes';
import { exit, type ExitCode } from '../terminal/exit-codes';
import { renderTable } from '../terminal/table';
import { outcomeMeans, type Outcome, type StackOutcome } from './outcome';

const maxSaid = 2_000;

/** A run for a reader: each stack in a line, what its plan would do, and how many there are of each outcome. */
export function formatOutcomes(outcomes: readonly StackOutcome[]): string {
  const rows = outcomes.map(({ stack, outcome, changes, says }) => [
    stack,
    outcome,
    changes === undefined
      ? ''
      : planKinds
          .flatMap((kind) => (changes[kind].length === 0 ? [] : [`${changes[kind].length} ${kind}`]))
          .join(', '),
    printable(says.join('; '), maxSaid),
  ]);
  const planned = outcomes.flatMap(({ stack, changes }) =>
    changes === undefined || planKinds.every((kind) => changes[kind].length === 0)
      ? []
      : [`\n${formatPlannedChanges(stack, changes)}\n`],
  );
  const names = Object.keys(outcomeMeans) as Outcome[];
  const counts = names.flatMap((name) => {
    const count = outcomes.filter(({ outcome }) => outcome === name).length;
    return count === 0 ? [] : [`${count} ${name}`];
  });
  return `${renderTable(['STACK', 'OUTCOME', 'PLAN', 'SAYS'], rows)}${planned.join('')}\n${outcomes.length} stacks: ${counts.join(', ')}\n`;
}

/** How a run ends. What could not be done weighs more than what was found. */
export function exitOfOutcomes(outcomes: readonly StackOutcome[]): ExitCode {
  const means = new Set(outcomes.map(({ outcome }) => outcomeMeans[outcome]));
  if (means.has('failed')) return exit.failed;
  if (means.has('refused')) return exit.refused;
  return means.has('found') ? exit.found : exit.done;
}

/** What one stack's group in the Pushgateway is told; nothing where another run has more to say. */
export function gaugesOf({ outcome }: StackOutcome, nowMs: number): readonly Gauge[] {
  const now = Math.floor(nowMs / 1000);
  const isWell = outcomeMeans[outcome] === 'well';
  if (outcome === 'older' || outcome === 'locked' || outcome === 'due') return [];
  return [
    gauge('stack_apply_failed', 'whether the last run left it undone', isWell ? 0 : 1),
    gauge('stack_apply_last_run_timestamp_seconds', 'when a run last decided about it', now),
    ...(isWell && outcome !== 'by-hand'
      ? [gauge('stack_apply_last_success_timestamp_seconds', 'when it was last as the tree holds it', now)]
      : []),
  ];
}

/** The job under which an apply stands in the Pushgateway, a group for each stack. */
export const applyJob = 'stack-apply';
