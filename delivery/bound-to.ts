import type { Node } from 'web-tree-sitter';
import { argumentOf, nameOf } from '../hcl/nodes';

/** What `each`, the name of a dynamic block or that of a loop goes over. */
export function boundTo(
  node: Node,
  name: string,
): { readonly node: Node; readonly isKey: boolean; readonly isBlock: boolean } | undefined {
  for (let at = node.parent; at !== null; at = at.parent) {
    const intro = at.namedChildren.find(({ type }) => ['for_intro', 'template_for_start'].includes(type));
    const names = (intro?.namedChildren ?? [])
      .filter(({ type }) => type === 'identifier')
      .map(({ text }) => text);
    const over = intro?.namedChildren.find(({ type }) => type === 'expression');
    if (over !== undefined && over.id !== node.id && names.includes(name))
      return { node: over, isKey: names.length > 1 && names[0] === name, isBlock: false };
    if (at.type !== 'block') continue;
    const each = argumentOf(at, 'for_each');
    const iterator = argumentOf(at, 'iterator')?.text;
    const label =
      nameOf(at) === 'dynamic' ? (iterator ?? at.namedChildren[1]?.text.replaceAll('"', '')) : 'each';
    if (each !== undefined && label === name) return { node: each, isKey: false, isBlock: true };
  }
  return undefined;
}
