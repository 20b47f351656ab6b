import type { Node } from 'web-tree-sitter';
import { lineOf, nameOf, nodesBelow } from './nodes';
import type { Declaration } from './read';

export interface Reference extends Declaration {
  /** It goes on with an instance key: `kubernetes_secret.a[0]`. */
  readonly isIndexed: boolean;
  /** It is the whole object, or all instances of it: `length(kubernetes_secret.a)`. */
  readonly isWhole: boolean;
}

const ownNames = new Set(['each', 'self', 'count', 'path', 'terraform']);

/** What the expressions below a node refer to, as addresses within the module, with their lines. */
export function referencesBelow(node: Node): Reference[] {
  const found: Reference[] = [];
  for (const child of nodesBelow(node)) {
    if (child.type !== 'variable_expr') continue;
    const at = addressAt(child);
    if (at !== undefined)
      found.push({
        ...{ address: at.name, line: lineOf(child) },
        isIndexed: at.node.nextSibling?.type === 'index',
        isWhole: at.node.nextSibling === null && !isOrder(child),
      });
  }
  return found;
}

/** Whether it only says what comes first. */
function isOrder(node: Node): boolean {
  for (let at = node.parent; at !== null; at = at.parent)
    if (at.type === 'attribute') return ['depends_on', 'replace_triggered_by'].includes(nameOf(at));
  return false;
}

function addressAt(variable: Node): { name: string; node: Node } | undefined {
  const root = variable.text;
  const first = attributeAfter(variable);
  if (first === undefined || ownNames.has(root)) return undefined;
  if (root !== 'data') return { name: `${root}.${first.name}`, node: first.node };
  const second = attributeAfter(first.node);
  return second === undefined ? undefined : { name: `data.${first.name}.${second.name}`, node: second.node };
}

function attributeAfter(node: Node): { name: string; node: Node } | undefined {
  const next = node.nextSibling;
  if (next?.type !== 'get_attr') return undefined;
  return { name: next.text.replaceAll(/[.\s]/gu, ''), node: next };
}
