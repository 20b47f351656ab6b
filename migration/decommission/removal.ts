import { prepareDelivery, type Delivery } from '../../delivery/deliver';
import { everythingOf } from '../../delivery/of-estate';
import type { Estate } from '../../estate/estate';

/** What the removal of the legacy registry changes in a tree. @throws Refused for a tree that cannot be delivered into */
export async function removalDelivery(tree: string, estate: Estate): Promise<Delivery> {
  return prepareDelivery(tree, everythingOf({ ...estate, phase: 'decommission' }));
}

/** The same as what files will hold, by path; `undefined` for one that will be gone. */
export async function removalIn(
  tree: string,
  estate: Estate,
): Promise<ReadonlyMap<string, string | undefined>> {
  const { changes } = await removalDelivery(tree, estate);
  return new Map(changes.map(({ path, after }) => [path, after]));
}
