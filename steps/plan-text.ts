import type { Step, Target } from './step';

/** A plan for a reader: each target, its notes, and each step with what `detailsOf` says of it. */
export function formatPlan<S extends Step>(
  targets: readonly Target<S>[],
  detailsOf: (step: S) => string,
): string {
  return targets.map((target) => formatTarget(target, detailsOf)).join('\n');
}

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
