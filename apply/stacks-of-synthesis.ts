import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { SynthesizedStack } from '../stacks/synthesize';
import type { Checkout } from './checkout';
import type { Stack, StackMeans } from './stack';

/** The stacks that synthesis wrote, where these are what is applied: content is what Terraform reads of each. */
export function stacksOfSynthesis(
  { changed }: Checkout,
  synthesized: readonly SynthesizedStack[],
  outdir: string,
  { byHand, moduleIn }: StackMeans,
): readonly Stack[] {
  const faults = changed.map((path) => `${path}: is not as it was committed; commit it, or take it back`);
  return synthesized.map(({ name, text, files }) => ({
    name,
    hash: createHash('sha256')
      .update(JSON.stringify([text, Object.entries(files).sort()]))
      .digest('hex'),
    module: moduleIn(join(outdir, 'stacks', name)),
    byHand: byHand.includes(name),
    faults,
  }));
}
