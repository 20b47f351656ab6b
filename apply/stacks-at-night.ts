import { Refused } from '../steps/refused';
import type { Checkout } from './checkout';
import type { DetectDriftProps } from './detect-drift';
import type { Ledger } from './ledger';
import { parseRecord } from './record';
import type { Stack } from './stack';

/** Stacks with what is known of each. @throws {@link Refused} for a checkout that is older: it shows drift (2026-08-16) */
export async function stacksAtNight(
  { commit, standsTo }: Pick<Checkout, 'commit' | 'standsTo'>,
  ledger: Ledger,
  stacks: readonly Pick<Stack, 'name' | 'hash' | 'module'>[],
): Promise<DetectDriftProps['stacks']> {
  const records = await ledger.all();
  const faults: string[] = [];
  const found = stacks.map(({ name, hash, module }) => {
    const { applied, begun } = parseRecord(ledger.where(name), records.get(name));
    const isApplied = begun === undefined && applied?.hash === hash;
    const standing = applied === undefined || isApplied ? 'same' : standsTo(applied.commit);
    if (standing === 'older' || standing === 'unknown')
      faults.push(
        `${name}: the checkout is older than what was applied, got ${commit}; pull the whole history, and begin again`,
      );
    const isKnown = applied !== undefined || begun !== undefined;
    return { name, module, unapplied: isKnown && !isApplied };
  });
  if (faults.length > 0) throw new Refused(faults);
  return found;
}
