import type { IntegrityProbeFacts } from '../../estate/integrity-probe';
import { periodOf } from '../../estate/derived/schedule';

/** What finds a damage: the next run, whatever it reads, or the one that reads the bytes in their turn. */
type Finder = 'next-run' | 'turn';

export interface DamagePromise {
  readonly damage: string;
  readonly registry: Finder;
  readonly forgejo: Finder;
}

/** What the runbook promises of each kind of damage; its table is made of this, and recorded runs are held to it. */
export const damagePromises = {
  manifest: {
    damage: 'a manifest, a link or a tag is gone, cut or changed',
    ...{ registry: 'next-run', forgejo: 'next-run' },
  },
  gone: { damage: 'a blob is gone', ...{ registry: 'next-run', forgejo: 'next-run' } },
  cut: {
    damage: 'a blob is cut short or may not be opened',
    ...{ registry: 'next-run', forgejo: 'turn' },
  },
  changed: {
    damage: 'a bit of a blob is flipped, or it has the bytes of another one',
    ...{ registry: 'turn', forgejo: 'turn' },
  },
  emptied: {
    damage: 'a repository loses all its tags, or is not listed any more',
    ...{ registry: 'next-run', forgejo: 'next-run' },
  },
} as const satisfies Readonly<Record<string, DamagePromise>>;

/** The longest time until a run finds it, of what the cluster pulls and of the rest. */
export function minutesUntilFound(
  finder: Finder,
  { schedule, rereadDays, deployedRereadDays }: IntegrityProbeFacts,
): { readonly deployed: number; readonly others: number } {
  const next = periodOf(schedule).longestMinutes;
  if (finder === 'next-run') return { deployed: next, others: next };
  const minutesOfDay = 24 * 60;
  const others = rereadDays * minutesOfDay + next;
  return { deployed: Math.min(deployedRereadDays * minutesOfDay + next, others), others };
}
