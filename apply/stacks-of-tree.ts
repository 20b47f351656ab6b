import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Deliverable } from '../delivery/deliverable';
import { planDelivery } from '../delivery/plan';
import { openWorkTree } from '../delivery/work-tree';
import { hclParser } from '../hcl/read';
import { Refused } from '../steps/refused';
import type { Checkout } from './checkout';
import { contentOf } from './content';
import type { Stack, StackMeans } from './stack';

/**
 * The stacks that deliverables go to, in their order, as a tree holds them. What the estate synthesizes now must stand
 * there: a stack of which it does not is not planned.
 *
 * @throws {@link Refused} when the tree is none, or a fault belongs to no stack
 */
export async function stacksOfTree(
  checkout: Checkout,
  deliverables: readonly Deliverable[],
  { byHand, moduleIn }: StackMeans,
): Promise<readonly Stack[]> {
  const { root } = checkout;
  const delivered = deliverables.filter(({ kind }) => ['whole', 'shared', 'image-refs'].includes(kind));
  const { stacks: plans, faults } = await planDelivery(
    openWorkTree(root).committed,
    delivered,
    await hclParser(),
  );
  const names = [...new Set(delivered.map(({ stack }) => stack))];
  const ofNone = faults.filter((fault) => !names.some((name) => fault.includes(`stacks/${name}/`)));
  if (ofNone.length > 0) throw new Refused(ofNone);
  return names.map((name): Stack => {
    const folder = join(root, 'stacks', name);
    const { hash, paths } = contentOf(checkout, name);
    const missing = plans
      .filter(({ stack }) => stack === name)
      .flatMap(({ changes }) => changes.map(({ path }) => path));
    const unclean = checkout.changed.filter((path) => paths.includes(path));
    return {
      ...{ name, hash, module: moduleIn(folder), byHand: byHand.includes(name) },
      faults: [
        ...faults.filter((fault) => fault.includes(`stacks/${name}/`)),
        ...(existsSync(folder) ? [] : [`stacks/${name}: is not in the tree, got no such folder; deliver it`]),
        ...missing.map(
          (path) =>
            `${path}: is not what the estate synthesizes; ./registry deliver --into ${root} --stack ${name} --write, and commit`,
        ),
        ...unclean.map((path) => `${path}: is not as it was committed; commit it, or take it back`),
      ],
    };
  });
}
