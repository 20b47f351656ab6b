import type { Node } from 'web-tree-sitter';
import { lineOf, nodesBelow } from './nodes';
import type { Declaration } from './read';

const ownNames = new Set(['each', 'self', 'count', 'path', 'terraform']);

/** What the expressions below a node refer to, as addresses within the module, with their lines. */
export function referencesBelow(node: Node): Declaration[] {
  const found: Declaration[] = [];
  for (const child of nodesBelow(node)) {
    if (child.type !== 'variable_expr') continue;
    const address = addressAt(child);
    if (address !== undefined) found.push({ address, line: lineOf(child) });
  }
  return found;
}

function addressAt(variable: Node): string | undefined {
  const root = variable.text;
  const first = attributeAfter(variable);
  if (first === undefined || ownNames.has(root)) return undefined;
  if (root !== 'data') return `${root}.${first.name}`;
  const second = attributeAfter(first.node);
  return second === undefined ? undefined : `data.${first.name}.${second.name}`;
}

function attributeAfter(node: Node): { name: string; node: Node } | undefined {
  const next = node.nextSibling;
  if (next?.type !== 'get_attr') return undefined;
  return { name: next.text.replaceAll(/[.\s]/gu, ''), node: next };
}
