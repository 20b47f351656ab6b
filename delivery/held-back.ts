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
            const steps = [...(behind ?? '').matchAll(/\.([\w-]+)|\["?([^"\]]+)"?\]/gu)];
            const held = steps.reduce(
              (at, [, name, key]) => at.flatMap((one) => member(one, name ?? key)),
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

/** What of an entry lies below a path; nothing of one that is around it, `undefined` of another. A `dynamic` block may be at any index. */
function restOf(entry: string, path: string): string | undefined {
  if (entry === 'all') return '';
  const literal = path.replaceAll(/[.[\]]/gu, '\\$&').replaceAll('\\[*\\]', '\\[\\d+\\]');
  const steps = literal.split(/(?=\\\.)|(?=\\\[)/u);
  const isAround = steps.some((_step, index) =>
    new RegExp(`^${steps.slice(0, index + 1).join('')}$`, 'u').test(entry),
  );
  return isAround ? '' : new RegExp(`^${literal}(?=[.[])(.+)$`, 'u').exec(entry)?.[1];
}
