import { join } from 'node:path';
import type { RootModule } from '../delivery/root-module';
import { Refused } from '../steps/refused';
import type { Checkout } from './checkout';
import { contentOf } from './content';
import type { DetectDriftProps } from './detect-drift';
import type { Ledger } from './ledger';
import { parseRecord } from './record';

/**
 * Every stack of a tree, ours or not, with what is known of it. A checkout that is older than what was applied would find
 * drift where there is none (79 stacks, of which 6 were, 2026-08-16).
 *
 * @throws {@link Refused}
 */
export async function stacksAtNight(
  checkout: Checkout,
  ledger: Ledger,
  moduleIn: (folder: string) => RootModule,
): Promise<DetectDriftProps['stacks']> {
  const names = [...checkout.files.keys()].flatMap((path) => {
    const [, name] = /^stacks\/([^/]+)\/terragrunt\.hcl$/u.exec(path) ?? [];
    return name === undefined ? [] : [name];
  });
  const records = await ledger.all();
  const faults: string[] = [];
  const stacks = names.map((name) => {
    const { applied, begun } = parseRecord(ledger.where(name), records.get(name));
    const isApplied = begun === undefined && applied?.hash === contentOf(checkout, name).hash;
    const standing = applied === undefined || isApplied ? 'same' : checkout.standsTo(applied.commit);
    if (standing === 'older' || standing === 'unknown')
      faults.push(
        `${name}: the checkout is older than what was applied, got ${checkout.commit}; pull the whole history, and begin again`,
      );
    const isKnown = applied !== undefined || begun !== undefined;
    const module = moduleIn(join(checkout.root, 'stacks', name));
    return { name, module, unapplied: isKnown && !isApplied };
  });
  if (faults.length > 0) throw new Refused(faults);
  return stacks;
}
