import { formatDelivery } from '../../delivery/report';
import { printable } from '../../clients/printable';
import { describeOverride } from '../../estate/overrides';
import { lookAtCluster } from '../../evidence/legacy-unused';
import { Refused } from '../../steps/refused';
import { exit, type ExitCode } from '../../terminal/exit-codes';
import { estateFaults } from '../cutover/plan';
import type { DecommissionProps, Seen } from './ask';
import { followUps, type FollowUp } from './follow-ups';
import { removalDelivery } from './removal';

/** What registries and the cluster said is cut and kept on its line. */
const maxShown = 1_000;

/**
 * Shows what the removal of the legacy registry changes in the tree, and what it leaves to a person. It changes nothing: the
 * phase is entered in `estate/index.ts`, and delivered as any change.
 * @throws {@link Refused} while anything still runs, or names, what is in the legacy registry
 */
export async function runDecommission(
  props: DecommissionProps,
  out: (text: string) => void,
): Promise<ExitCode> {
  const { estate, sources } = props;
  const { tree, kubernetes, nowMs } = sources;
  const after = { ...estate, phase: 'decommission' } as const;
  const faults = estateFaults(after, nowMs);
  if (kubernetes !== undefined && estate.phase !== 'decommission')
    for (const { what, holds, saw } of await lookAtCluster(estate, kubernetes))
      if (!holds) faults.push(`decommission: ${what} does not hold, got ${saw}; cut it over, or remove it`);
  if (faults.length > 0) throw new Refused(faults);
  for (const each of estate.overrides) out(`${each.claim}: ${describeOverride(each)}\n`);
  if (tree !== undefined) {
    const delivery = await removalDelivery(tree, estate);
    if (delivery.changes.length > 0)
      out(`the removal, as ./registry deliver writes it:\n${formatDelivery(delivery)}\n`);
  }
  const list = await decommissionList(props);
  out(formatFollowUps(list));
  return list.every(({ now }) => now?.holds === true) ? exit.done : exit.found;
}

/** A follow-up, and what was seen of it now. */
type SeenFollowUp = FollowUp & { readonly now: Seen };

/** What is left to do by hand, and how far it is, as far as it can be asked from here. */
export async function decommissionList(props: DecommissionProps): Promise<readonly SeenFollowUp[]> {
  const list: SeenFollowUp[] = [];
  for (const each of followUps(props.estate)) {
    const now = await each.ask?.(props).catch((error: unknown): Seen => ({
      holds: false,
      saw: error instanceof Error ? error.message : String(error),
    }));
    list.push({ ...each, now });
  }
  return list;
}

/** Ticked is what was seen; the rest is still to do, or to be looked at. */
export function formatFollowUps(list: readonly SeenFollowUp[]): string {
  return list
    .map(({ what, command, now }) => {
      const seen = now === undefined ? 'look at it yourself' : printable(now.saw, maxShown);
      return `[${now?.holds === true ? 'x' : ' '}] ${what}\n      now: ${seen}\n      ${command}\n`;
    })
    .join('');
}
