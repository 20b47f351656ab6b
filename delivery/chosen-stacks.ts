import { Refused } from '../steps/refused';
import type { Deliverable } from './deliverable';

/** What the named stacks bring, or everything when none is named. @throws {@link Refused} */
export function chosenStacks(
  deliverables: readonly Deliverable[],
  names: readonly string[],
): readonly Deliverable[] {
  const known = [...new Set(deliverables.map(({ stack }) => stack))].sort();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Refused([
      `--stack: no such stack, got "${unknown.join('", "')}"; known are ${known.join(', ')}`,
    ]);
  return deliverables.filter(({ stack }) => names.length === 0 || names.includes(stack));
}
