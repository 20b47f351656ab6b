import type { Node } from 'web-tree-sitter';
import { argumentOf, blocksOf, nameOf, nodesBelow } from '../hcl/nodes';

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
