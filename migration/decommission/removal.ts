import { prepareDelivery, type Delivery } from '../../delivery/deliver';
import { synthesizedDeliverables } from '../../delivery/of-estate';
import type { Estate } from '../../estate/estate';

const after = (estate: Estate): Estate => ({ ...estate, phase: 'decommission' });

/** What the removal of the legacy registry changes in a tree. @throws Refused for a tree that cannot be delivered into */
export async function removalDelivery(tree: string, estate: Estate): Promise<Delivery> {
  return prepareDelivery(tree, synthesizedDeliverables(after(estate)));
}

/**
 * What files will hold that people write, by path; `undefined` for one that will be gone, or that the estate renders: an
 * alert on a pull from the old registry names it, and is no reference to it.
 */
export async function removalIn(
  tree: string,
  estate: Estate,
): Promise<ReadonlyMap<string, string | undefined>> {
  const deliverables = synthesizedDeliverables(after(estate));
  const { changes } = await prepareDelivery(tree, deliverables);
  const rendered = deliverables.flatMap((each): string[] => {
    switch (each.kind) {
      case 'whole':
        return filesOf(`stacks/${each.stack}`, each.files);
      case 'shared':
        return filesOf(each.modulePath, each.files);
      case 'files':
        return each.files.map(({ path }) => path);
      case 'documents':
      case 'image-refs':
      case 'pipeline-images':
        return [];
    }
  });
  return new Map([
    ...changes.map(({ path, after: text }) => [path, text] as const),
    ...rendered.map((path) => [path, undefined] as const),
  ]);
}

const filesOf = (folder: string, files: Readonly<Record<string, string>> = {}): string[] =>
  Object.keys(files).map((path) => `${folder}/${path}`);
