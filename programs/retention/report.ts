import type { Broken } from './aftermath';
import type { RetentionConfig } from './config';
import type { Executed, Outcome } from './execute';
import type { Plan } from './plan';
import { describe } from './reason';

/** What one run found and did, as far as it came. */
export interface RunReport {
  startedAtMs: number;
  /** Packages seen, and how many the next run is to expect: not fewer before somebody has looked. */
  packages?: { readonly seen: number; readonly expected: number };
  plan?: Plan;
  executed: readonly Executed[];
  broken: readonly Broken[];
  missing: readonly string[];
  /** What Forgejo's sweeps can free, in bytes; unknown when it was too much to measure. */
  freedBytes?: number;
  /** Why the run did not do its job. */
  failure?: string;
}

/** One fact on each line: what the plan deletes and why, how many it keeps for which reason, what is missing. */
export function planLines({ plan, missing }: RunReport, owner: string): readonly string[] {
  if (plan === undefined) return [];
  const kept = new Map<string, number>();
  for (const { reason } of plan.keeps) kept.set(reason.kind, (kept.get(reason.kind) ?? 0) + 1);
  const byReason = [...kept].map(([reason, count]) => `${count} ${reason}`).join(', ');
  return [
    `retention: keeps ${plan.keeps.length} versions (${byReason}), deletes ${plan.deletions.length} tags`,
    ...plan.deletions.map(
      (each) => `retention: plans to delete ${owner}/${each.package}:${each.tag}, ${describe(each.reason)}`,
    ),
    ...plan.keeps
      .filter(({ reason }) => reason.kind === 'unread')
      .map((each) => `retention: ${owner}/${each.package}:${each.version} is kept, ${describe(each.reason)}`),
    ...missing.map((line) => `retention: ${owner}/${line}`),
  ];
}

/** What became of the plan. */
export function executionLines(
  { executed, broken, freedBytes }: RunReport,
  { owner, mode }: Pick<RetentionConfig, 'owner' | 'mode'>,
): readonly string[] {
  return [
    ...(mode === 'observe' ? ['retention: observing, so nothing was deleted'] : []),
    ...executed.map(
      ({ deletion, outcome }) =>
        `retention: ${owner}/${deletion.package}:${deletion.tag} ${describeOutcome(outcome)}`,
    ),
    ...broken.map(
      (each) => `retention: ${owner}/${each.package}:${each.tag} is kept but broken: ${each.fault}`,
    ),
    ...(freedBytes === undefined
      ? []
      : [
          `retention: ${freedBytes} bytes at most are Forgejo's own to free, once its sweeps find them a day old`,
        ]),
  ];
}

function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'deleted':
      return 'deleted';
    case 'gone':
      return 'was deleted by somebody else';
    case 'pushed-since':
      return 'stays, because it was pushed since the plan was made';
    case 'held':
      return 'stays, because something that it belongs to stayed';
    case 'failed':
      return `could not be deleted: ${outcome.error}`;
    case 'not-tried':
      return `was not tried: ${outcome.why}`;
  }
}
