import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refused } from '../steps/refused';
import { turnOf, whyNot } from './apply-set';
import type { Checkout } from './checkout';
import type { Ledger } from './ledger';
import type { StackOutcome } from './outcome';
import { planModule, type Patience } from './plan-module';
import { parseRecord, type StackRecord } from './record';
import type { Stack } from './stack';

/** A stack with what was decided about it; one that is due has its plan in a file, known by its hash. */
export interface PlannedStack extends StackOutcome {
  readonly hash: string;
  readonly sha256?: string;
}

/** What one commit's plans were, as the apply reads them back. */
export interface Plans {
  readonly commit: string;
  readonly stacks: readonly PlannedStack[];
}

export interface PlanStacksProps {
  readonly checkout: Pick<Checkout, 'commit' | 'files' | 'standsTo'>;
  /** In the order in which they are applied. */
  readonly stacks: readonly Stack[];
  readonly ledger: Ledger;
  /** For the plans, which hold secrets: its owner alone may look into it. */
  readonly folder: string;
  readonly wait: Patience;
  readonly nowMs: () => number;
  readonly tell: (line: string) => void;
}

/** Plans every stack whose content is not what was applied last, into files. Nothing is changed and nothing recorded. */
export async function planStacks(props: PlanStacksProps): Promise<Plans> {
  const { checkout, stacks, ledger, folder, tell } = props;
  const isThere = mkdirSync(folder, { recursive: true, mode: 0o700 }) === undefined;
  if (isThere && (statSync(folder).mode & 0o077) !== 0)
    throw new Refused([
      `--plans: others may look into it, got "${folder}"; name a folder of its own, or one that only you can read`,
    ]);
  const records = await ledger.all();
  const left = [...records.keys()].filter((name) => !stacks.some((stack) => stack.name === name));
  const gone = left.filter(
    (name) => ![...checkout.files.keys()].some((path) => path.startsWith(`stacks/${name}/`)),
  );
  const read = (stack: string): StackRecord => parseRecord(ledger.where(stack), records.get(stack));
  const planned: PlannedStack[] = [];
  for (const stack of stacks) {
    tell(`plan ${stack.name}`);
    const formerly = left.filter(
      (name) => gone.includes(name) || String(records.get(name)).includes(stack.hash),
    );
    planned.push(
      await planOne(props, stack, () => read(stack.name), records.has(stack.name) ? [] : formerly),
    );
  }
  const plans: Plans = {
    commit: checkout.commit,
    stacks: [...planned, ...left.map((name) => goneStack(name, ledger.where(name), !gone.includes(name)))],
  };
  writeFileSync(join(folder, plansFileName), JSON.stringify(plans), { mode: 0o600 });
  return plans;
}

export const plansFileName = 'plans.json';

export function planFile(folder: string, stack: string): string {
  return join(folder, `${stack}.tfplan`);
}

export function sha256Of(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

async function planOne(
  { checkout: { commit, standsTo }, folder, wait, nowMs }: PlanStacksProps,
  { name: stack, hash, module, byHand, faults }: Stack,
  read: () => StackRecord,
  mayBe: readonly string[],
): Promise<PlannedStack> {
  const is = (outcome: StackOutcome['outcome'], ...says: readonly string[]): PlannedStack => ({
    ...{ stack, hash, outcome, says },
  });
  if (faults.length > 0) return is('refused', ...faults);
  if (mayBe.length > 0)
    return is(
      'refused',
      `is new while the estate names "${mayBe.join('", "')}" no more, which it may have been called; move its state to the new name first, or empty the record of the old one`,
    );
  let turn;
  try {
    turn = turnOf(read(), { commit, hash }, standsTo, nowMs());
  } catch (error) {
    return is('refused', error instanceof Error ? error.message : String(error));
  }
  if (turn === 'unchanged') return is('unchanged');
  if (turn === 'older') return is('older', whyNot(turn, commit));
  const file = planFile(folder, stack);
  const result = await planModule(module, file, wait);
  if ('fault' in result) return is(result.fault, result.says);
  // Of a branch that is not merged the plan is what its author wants to see.
  const notes = turn === 'diverged' || turn === 'unknown' ? [whyNot(turn, commit)] : [];
  const { verdict, changes } = result;
  const rest = { changes, sha256: sha256Of(file) };
  if (verdict.stops.length > 0) return { ...is('stopped', ...verdict.stops, ...notes), ...rest };
  if (!verdict.changes) return { ...is('recorded', ...notes), ...rest };
  return byHand
    ? { ...is('by-hand', 'its state lies in the tree; apply it by hand and commit the state'), ...rest }
    : { ...is('due', ...notes), ...rest };
}

/** One that was applied, and that the estate names no more. */
function goneStack(stack: string, where: string, isInTree: boolean): PlannedStack {
  const says = isInTree
    ? `is in the tree, and the estate names it no more; its owner applies it; empty ${where}`
    : `is not in the tree any more, and its objects may still be there; destroy them by hand from the commit before, then empty ${where}`;
  return { stack, hash: '', outcome: 'gone', says: [says] };
}
