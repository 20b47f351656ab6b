import { commandLine } from './command';
import type { Step } from './step';
import type { Target } from './target';

/** A plan for a reader: each machine, each step, the very command that it runs, what changes in each file. */
export function formatPlan(targets: readonly Target[]): string {
  return targets.map(formatTarget).join('\n');
}

function formatTarget({ name, steps, notes }: Target): string {
  const count =
    steps.length === 0 ? 'nothing to do' : steps.length === 1 ? '1 step' : `${steps.length} steps`;
  return [`${name}: ${count}`, ...notes.map((note) => `  note: ${note}`), ...steps.map(formatStep), ''].join(
    '\n',
  );
}

function formatStep({ title, command, diff }: Step): string {
  return [
    `  ${title}`,
    `    ${commandLine(command)}`,
    ...(diff === undefined ? [] : diff.split('\n').map((line) => `      ${line}`.trimEnd())),
  ].join('\n');
}
