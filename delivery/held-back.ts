import type { Node } from 'web-tree-sitter';
import { argumentOf, lineOf, nameOf, nodesBelow } from '../hcl/nodes';
import type { HclFile } from '../hcl/read';
import type { JsonObject } from './deliverable';
import { foreignJson } from './foreign-json';
import { ignoredPaths, normalized } from './ignore-changes';
import { resourcesOf } from './resources';
import type { StackFolder } from './scope';
import type { Tree } from './tree';
import { isMoved, type Evaluator } from './template';

/** Images of a folder's resources that an edit moves and `ignore_changes` then keeps from the cluster, and keys of theirs that it changes. */
export function heldBack(
  tree: Tree,
  { path, files, jsonFiles }: StackFolder,
  { values, keys, member }: Evaluator,
): string[] {
  const at = (file: HclFile, node: Node, fault: string): string => `${file.path}:${lineOf(node)}: ${fault}`;
  const blocks = files.flatMap((file) => file.blocks.map((block) => ({ file, node: block.node })));
  // An override file may hold the lifecycle alone.
  const ignoring = new Map<string, string[]>();
  const ignores = (address: string, entries: readonly string[]): void => {
    if (entries.length > 0) ignoring.set(address, [...(ignoring.get(address) ?? []), ...entries]);
  };
  for (const { node } of blocks) ignores(headOf(node), ignoredPaths(node));
  for (const one of foreignJson(tree, path))
    for (const [name, body] of resourcesOf(one.json)) ignores(`resource.${name}`, ignoredIn(body));
  return [
    ...blocks.flatMap(({ file, node }) => {
      const forEach = argumentOf(node, 'for_each');
      return forEach === undefined || !keys({ file, node: forEach }).some(isMoved)
        ? []
        : [
            at(
              ...([file, forEach] as const),
              `a key of for_each would change, and Terraform would destroy the object of the old one, got "${oneLine(forEach)}"; key it by a name that stays, with a moved block, and deliver again`,
            ),
          ];
    }),
    ...blocks.flatMap(({ file, node: block }) => {
      const ignored = ignoring.get(headOf(block));
      if (ignored === undefined) return [];
      return [...nodesBelow(block)]
        .filter((node) => node.type === 'attribute' && nameOf(node) !== 'ignore_changes')
        .flatMap((node) => {
          const path = pathOf(node, block);
          const entry = ignored.find((one) => {
            const behind = restOf(one, path);
            const value = { file, node: node.namedChildren.at(-1) ?? node };
            const held = (behind ?? []).reduce(
              (found, step) => found.flatMap((inner) => member(inner, step)),
              behind === undefined ? [] : [value],
            );
            return held.flatMap(values).some(isMoved);
          });
          return entry === undefined
            ? []
            : [
                at(
                  file,
                  node,
                  `${neverReaches}, got "${entry}"; take that line out of the lifecycle block, or move the image where it is set`,
                ),
              ];
        });
    }),
    ...jsonFiles.flatMap((file) => {
      if (!file.text.includes('"ignore_changes"')) return [];
      const node = [...nodesBelow(file.root)].find(
        (one) => one.type === 'quoted_template' && values({ file, node: one }).some(isMoved),
      );
      return node === undefined
        ? []
        : [at(file, node, `${neverReaches}; write the resource in HCL, without that`)];
    }),
  ];
}

const neverReaches = 'the new image would never reach the cluster, ignore_changes holds it back';
const oneLine = ({ text }: Node): string => text.replaceAll(/\s+/gu, ' ').slice(0, 80);

const ignoredIn = ({ lifecycle = [] }: JsonObject): string[] =>
  [lifecycle as JsonObject | readonly JsonObject[]]
    .flat()
    .flatMap((one) => (one['ignore_changes'] ?? []) as string | readonly string[])
    .map(normalized);

/** A block's type and labels, which override files repeat. */
const headOf = (block: Node): string =>
  block.namedChildren
    .filter(({ type }) => ['identifier', 'string_lit'].includes(type))
    .map(({ text }) => text.replaceAll('"', ''))
    .join('.');

/** The steps to an attribute, as those of an entry: `spec`, `0`, `container`, `0`, `image`. A `dynamic` block may be at any index. */
function pathOf(attribute: Node, resource: Node): string[] {
  const steps = [nameOf(attribute)];
  for (let at = attribute.parent; at !== null && at.id !== resource.id; at = at.parent) {
    const name = nameOf(at);
    if (at.type !== 'block' || name === 'content') continue;
    const alike = (at.parent?.namedChildren ?? []).filter(
      (other) => other.type === 'block' && nameOf(other) === name,
    );
    if (name === 'dynamic') steps.unshift(at.namedChildren[1]?.text.replaceAll('"', '') ?? '', '*');
    else steps.unshift(name, alike.findIndex(({ id }) => id === at.id).toString());
  }
  return steps;
}

/** What of an entry lies below a path; nothing of one that is around it, `undefined` of another. */
function restOf(entry: string, path: readonly string[]): string[] | undefined {
  const steps = entry === 'all' ? [] : (entry.match(/"[^"]*"|[\w-]+/gu) ?? []);
  const written = steps.map((step) => step.replaceAll('"', ''));
  const isSame = path.slice(0, steps.length).every((step, index) => step === '*' || step === written[index]);
  return isSame ? written.slice(path.length) : undefined;
}
