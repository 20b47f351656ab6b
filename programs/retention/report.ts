import type { Broken } from './aftermath';
import type { RetentionConfig } from './config';
import type { Executed, Outcome } from './unit-actions';
import type { Decision } from './decide';
import { describeMissing } from './missing';
import type { Unit } from './plan';
import { describe } from './reason';

/** What one run found and did, as far as it came. */
export interface RunReport {
  startedAtMs: number;
  /** Packages seen, and how many the next run is to expect: not fewer before somebody has looked. */
  packages?: { readonly seen: number; readonly expected: number };
  /** Objects of the cluster seen, and how many the next run is to compare with. */
  cluster?: { readonly seen: number; readonly expected: number };
  /** Manifests that were to be read, and those that could not be. */
  manifests?: { readonly wanted: number; readonly unread: number };
  decision?: Pick<Decision, 'plan' | 'missing'>;
  executed: readonly Executed[];
  /** Undefined until what stays was looked at. */
  broken?: readonly Broken[];
  /** What Forgejo's sweeps can free, in bytes; unknown when it was too much to measure. */
  freedBytes?: number;
  /** Why the run did not do its job. */
  failure?: string;
}

/** Of each kind of line; a log of more is read by nobody. */
const MAX_LINES = 500;

/** One fact on each line: what the plan deletes and why, how many it keeps for which reason, what is missing or unknown. */
export function planLines(
  { plan, missing, unknown }: Pick<Decision, 'plan' | 'missing' | 'unknown'>,
  owner: string,
): readonly string[] {
  const kept = new Map<string, number>();
  for (const { reason } of plan.keeps) kept.set(reason.kind, (kept.get(reason.kind) ?? 0) + 1);
  const byReason = [...kept].map(([reason, count]) => `${count} ${reason}`).join(', ');
  const tags = plan.units.reduce((sum, unit) => sum + unit.tags.length, 0);
  return [
    `retention: keeps ${plan.keeps.length} versions${byReason === '' ? '' : ` (${byReason})`}, deletes ${tags} tags`,
    ...capped(
      plan.units.flatMap((unit) =>
        namesOf(unit).map((name) => `retention: plans to delete ${owner}/${name}, ${describe(unit.reason)}`),
      ),
    ),
    ...capped(
      plan.keeps
        .filter(({ reason }) => ['unread', 'strange', 'unclaimed-row'].includes(reason.kind))
        .map(
          ({ package: name, version, reason }) =>
            `retention: ${owner}/${nameOf(name, version)} is kept, ${describe(reason)}`,
        ),
    ),
    ...capped(missing.map((each) => `retention: ${owner}/${describeMissing(each)}`)),
    ...capped(unknown.map((each) => `retention: ${each}`)),
  ];
}

/** What became of the plan. */
export function executionLines(
  { executed }: RunReport,
  { owner, mode }: Pick<RetentionConfig, 'owner' | 'mode'>,
): readonly string[] {
  return [
    ...(mode === 'observe' ? ['retention: observing, so nothing was deleted'] : []),
    ...capped(
      executed.flatMap(({ unit, outcome, digests }) =>
        namesOf(unit).map(
          (name) => `retention: ${owner}/${name} ${describeOutcome(outcome, unit, digests.length)}`,
        ),
      ),
    ),
  ];
}

/** How what stays was found, and what may be gained. */
export function aftermathLines({ broken = [], freedBytes }: RunReport, owner: string): readonly string[] {
  return [
    ...capped(
      broken.map(
        (each) => `retention: ${owner}/${each.package}:${each.tag} is kept but broken: ${each.fault}`,
      ),
    ),
    ...(freedBytes === undefined
      ? []
      : [
          `retention: ${freedBytes} bytes at most are Forgejo's own to free, once its sweeps find them a day old`,
        ]),
  ];
}

/** Each tag of a unit; of one without tags the package with the number of its rows. */
function namesOf({ package: name, tags, digests }: Unit): readonly string[] {
  if (tags.length > 0) return tags.map(({ tag }) => nameOf(name, tag));
  return [`${name}: ${digests.length} digests`];
}

function nameOf(name: string, version: string): string {
  return `${name}${version.includes(':') ? '@' : ':'}${version}`;
}

function describeOutcome(outcome: Outcome, { tags }: Unit, digests: number): string {
  switch (outcome.kind) {
    case 'deleted':
      return tags.length > 0 && digests > 0
        ? `deleted, with ${digests} digests that only it listed`
        : 'deleted';
    case 'gone':
      return 'was deleted by somebody else';
    case 'pushed-since':
      return `stays, because "${outcome.version}" was pushed to its package since the plan was made`;
    case 'needed-since':
      return `stays, because since the plan was made ${describe(outcome.reason)}`;
    case 'held':
      return 'stays, because something that it belongs to stayed';
    case 'failed':
      return `could not be deleted: ${outcome.error}`;
    case 'not-tried':
      return `was not tried: ${outcome.why}`;
  }
}

function capped(lines: readonly string[]): readonly string[] {
  return lines.length <= MAX_LINES
    ? lines
    : [...lines.slice(0, MAX_LINES), `retention: and ${lines.length - MAX_LINES} more like these`];
}
