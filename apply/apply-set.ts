import type { Standing } from './checkout';
import type { Applied, StackRecord } from './record';

/**
 * Whether a commit may bring a stack what it holds: `begin`, also over an apply whose end nobody knows; `unchanged` where
 * that is there already; `running` while another run is at it; else why not.
 */
export type Turn = 'begin' | 'unchanged' | 'running' | Exclude<Standing, 'same' | 'newer'>;

/**
 * Content decides what is to be applied: not what a commit changed, which is nothing for a merge (2026-06-12). Ancestry
 * decides who may: a restarted pipeline of an older commit reverted an app (2026-06-12).
 *
 * @param ours with who asks
 */
export function turnOf(
  { applied, begun }: StackRecord,
  ours: Applied & { readonly holder?: string },
  standsTo: (commit: string) => Standing,
  nowMs: number,
): Turn {
  if (begun !== undefined && begun.holder === ours.holder) return 'begin';
  if (begun === undefined && applied?.hash === ours.hash) return 'unchanged';
  const standings = [applied, begun].flatMap((one) => (one === undefined ? [] : [standsTo(one.commit)]));
  for (const standing of ['older', 'diverged', 'unknown'] as const)
    if (standings.includes(standing)) return standing;
  // An apply that ended in the middle left neither: going back to what was before has to be applied too.
  return begun !== undefined && begun.untilMs > nowMs ? 'running' : 'begin';
}

/** What keeps a commit from a stack, in words. */
export function whyNot(turn: 'older' | 'diverged' | 'unknown', commit: string): string {
  const short = commit.slice(0, 8);
  if (turn === 'older')
    return `a newer commit was applied already, got ${short}; run the pipeline of the newest commit`;
  return turn === 'diverged'
    ? `commit ${short} does not hold what was applied last; bring the branch up to date, or merge it`
    : `what was applied last is not in this clone of ${short}, so it is newer, or cut off; run the newest commit in a clone with the whole history, and if that was rewritten, empty the record`;
}
