import type { Node } from 'web-tree-sitter';

/** Every node below, in the order of the text. */
export function* nodesBelow(node: Node): Generator<Node> {
  for (const child of node.children) {
    yield child;
    yield* nodesBelow(child);
  }
}

/** The line of the text on which a node begins, from 1. */
export const lineOf = (node: Node): number => node.startPosition.row + 1;

/** The attributes directly in a block's body, or in a file's. */
export const attributesOf = (block: Node): Node[] => inBody(block, 'attribute');

export const blocksOf = (block: Node): Node[] => inBody(block, 'block');

/** A block's type, or an attribute's name. */
export const nameOf = (node: Node): string => node.namedChildren[0]?.text ?? '';

/** The expression of a block's argument, if it has one of this name. */
export const argumentOf = (block: Node, name: string): Node | undefined =>
  attributesOf(block)
    .find((attribute) => nameOf(attribute) === name)
    ?.namedChildren.at(-1);

function inBody(node: Node, type: string): Node[] {
  const body = node.namedChildren.find((child) => child.type === 'body');
  return (body?.namedChildren ?? []).filter((child) => child.type === type);
}
