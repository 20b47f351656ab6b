import type { Node } from 'web-tree-sitter';
import { argumentOf, attributesOf, lineOf, nameOf, nodesBelow } from '../hcl/nodes';
import type { HclFile } from '../hcl/read';
import { referencesBelow } from '../hcl/references';
import type { ImageSite } from './image-edit';

type Site = ImageSite & { readonly path: string };

/**
 * Images that are keys of a `for_each`. Another key is another object: Terraform would destroy that of the old one, as it
 * said of `toset(["acme/side:v4"])`, 1 to add and 1 to destroy.
 */
export function movedKeys(file: HclFile, files: readonly HclFile[], sites: readonly Site[]): string[] {
  const keysIn = (path: string, node: Node): readonly Site[] =>
    sites.filter((site) => site.path === path && isKeyWithin(node, site));
  const locals = new Map<string, { readonly path: string; readonly attribute: Node }>(
    files.flatMap(({ path, blocks }) =>
      blocks
        .filter(({ type }) => type === 'locals')
        .flatMap(({ node }) => attributesOf(node))
        .map((attribute) => [`local.${nameOf(attribute)}`, { path, attribute }] as const),
    ),
  );
  return file.blocks.flatMap(({ node }) => {
    const forEach = argumentOf(node, 'for_each');
    if (forEach === undefined) return [];
    const reached = new Set<string>();
    const reach = (from: Node): void => {
      for (const { address } of referencesBelow(from)) {
        const local = locals.get(address);
        if (local === undefined || reached.has(address)) continue;
        reached.add(address);
        reach(local.attribute);
      }
    };
    reach(forEach);
    const found = [
      ...keysIn(file.path, forEach),
      ...[...reached].flatMap((address) => {
        const local = locals.get(address);
        return local === undefined ? [] : keysIn(local.path, local.attribute);
      }),
    ];
    return found.map(
      ({ literal }) =>
        `${file.path}:${lineOf(forEach).toString()}: a key of for_each would change, and Terraform would destroy the object of the old one, got "${literal}"; key it by a name that stays, with a moved block, and deliver again`,
    );
  });
}

/** Whether a string stands for itself there: as a key or an element of a list, and in no value of an object. */
function isKeyWithin(node: Node, { template }: ImageSite): boolean {
  let inner = [...nodesBelow(node)].find(
    ({ startIndex, endIndex }) => startIndex === template.start && endIndex === template.end,
  );
  let isKey = false;
  for (; inner !== undefined && inner.id !== node.id; inner = inner.parent ?? undefined) {
    const { parent } = inner;
    if (parent?.type === 'object_elem') {
      if (parent.namedChildren[0]?.id !== inner.id) return false;
      isKey = true;
    }
    isKey ||= parent?.type === 'tuple';
  }
  return isKey;
}
