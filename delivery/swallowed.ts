import type { Node } from 'web-tree-sitter';
import { argumentOf, attributesOf, blocksOf, lineOf, nameOf, nodesBelow } from '../hcl/nodes';
import type { HclFile } from '../hcl/read';
import { referencesBelow } from '../hcl/references';
import type { DeliveredImage } from './deliverable';
import { localOf, type ImageSite } from './image-edit';

/** Images of a file's resources that an edit moves and `ignore_changes` then keeps from the cluster. */
export function swallowed(
  file: HclFile,
  files: readonly HclFile[],
  sites: readonly (ImageSite & { readonly path: string })[],
  images: readonly DeliveredImage[],
): string[] {
  const locals = localsWithImages(files, sites, images);
  const holds = (node: Node): boolean =>
    sites.some(
      ({ path, start }) => path === file.path && start >= node.startIndex && start < node.endIndex,
    ) || referencesBelow(node).some(({ address }) => locals.has(address));
  return file.blocks.flatMap((block) => {
    // An override file may hold the lifecycle alone.
    const address = headOf(block.node);
    const ignored = files
      .flatMap(({ blocks }) => blocks)
      .filter(({ node }) => headOf(node) === address)
      .flatMap(({ node }) => ignoredPaths(node));
    if (ignored.length === 0) return [];
    return [...nodesBelow(block.node)]
      .filter((node) => node.type === 'attribute' && nameOf(node) !== 'ignore_changes' && holds(node))
      .flatMap((attribute) => {
        const path = pathOf(attribute, block.node);
        const entry = ignored.find((one) => covers(one, path));
        return entry === undefined
          ? []
          : [
              `${file.path}:${lineOf(attribute).toString()}: the new image would never reach the cluster, ignore_changes holds it back, got "${entry}"; take that line out of the lifecycle block, or move the image where it is set`,
            ];
      });
  });
}

/** A block's type and labels, which override files repeat. */
const headOf = (block: Node): string =>
  block.namedChildren
    .filter(({ type }) => ['identifier', 'string_lit'].includes(type))
    .map(({ text }) => text.replaceAll('"', ''))
    .join('.');

/** Locals that spell an image, or refer to one that does. */
function localsWithImages(
  files: readonly HclFile[],
  sites: readonly (ImageSite & { readonly path: string })[],
  images: readonly DeliveredImage[],
): Set<string> {
  const found = new Set(images.map((image) => `local.${localOf(image)}`));
  const locals = files.flatMap((file) =>
    file.blocks
      .filter(({ type }) => type === 'locals')
      .flatMap(({ node }) => attributesOf(node).map((attribute) => ({ path: file.path, attribute }))),
  );
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { path, attribute } of locals) {
      const spells = sites.some(
        (site) => site.path === path && site.start >= attribute.startIndex && site.start < attribute.endIndex,
      );
      if (spells || referencesBelow(attribute).some(({ address }) => found.has(address))) {
        found.add(`local.${nameOf(attribute)}`);
      }
    }
  }
  return found;
}

/** The entries of `ignore_changes` as `spec[0].template[0]`, or `all`. */
export function ignoredPaths(resource: Node): string[] {
  const lifecycle = blocksOf(resource).find((block) => nameOf(block) === 'lifecycle');
  const list = lifecycle === undefined ? undefined : argumentOf(lifecycle, 'ignore_changes');
  if (list === undefined) return [];
  if (/^\[?\s*all\s*\]?$/u.test(list.text)) return ['all'];
  return [...nodesBelow(list)]
    .filter((node) => node.type === 'expression' && node.parent?.type === 'tuple')
    .map(({ text }) => normalized(text));
}

/** `"spec.0.template"` of old, and `spec[0].template` of today. */
export const normalized = (entry: string): string =>
  entry
    .replaceAll(/^"|"$/gu, '')
    .replaceAll(/\.(\d+)/gu, '[$1]')
    .replaceAll(/\s/gu, '');

function pathOf(attribute: Node, resource: Node): string {
  const steps = [nameOf(attribute)];
  for (let at = attribute.parent; at !== null && at.id !== resource.id; at = at.parent) {
    if (at.type !== 'block') continue;
    const name = nameOf(at);
    if (name === 'dynamic')
      steps[0] = `${at.namedChildren[1]?.text.replaceAll('"', '') ?? ''}[*].${steps[0] ?? ''}`;
    else if (name !== 'content') {
      const alike = (at.parent?.namedChildren ?? []).filter(
        (other) => other.type === 'block' && nameOf(other) === name,
      );
      steps[0] = `${name}[${alike.findIndex(({ id }) => id === at.id).toString()}].${steps[0] ?? ''}`;
    }
  }
  return steps[0] ?? '';
}

/** Whether an entry covers a path: the same, or something around it. A `dynamic` block may be at any index. */
function covers(entry: string, path: string): boolean {
  if (entry === 'all') return true;
  const literal = path.replaceAll(/[.[\]]/gu, '\\$&').replaceAll('\\[*\\]', '\\[\\d+\\]');
  const steps = literal.split(/(?=\\\.)|(?=\\\[)/u);
  return steps.some((_step, index) => new RegExp(`^${steps.slice(0, index + 1).join('')}$`, 'u').test(entry));
}
