import type { Node } from 'web-tree-sitter';
import { nameOf } from './nodes';

/** The expressions that a call gives, in order. */
export const argumentsOf = (call: Node): Node[] =>
  elementsIn(call.namedChildren.find(({ type }) => type === 'function_arguments') ?? call);

/** The names and values that an object, or a list of them, is written out with. */
export function elementsOf(node: Node): [string, Node][] {
  if (['expression', 'collection_value'].includes(node.type)) return node.namedChildren.flatMap(elementsOf);
  if (node.type === 'tuple') return elementsIn(node).flatMap(elementsOf);
  return objectElements(node).flatMap((one): [string, Node][] => {
    const value = one.namedChildren.at(-1);
    return value === undefined ? [] : [[nameOf(one).replaceAll(/^"|"$/gu, ''), value]];
  });
}

/** The elements of an object as they are written out; none of anything else. */
export const objectElements = (node: Node): Node[] =>
  node.type === 'object' ? node.namedChildren.filter(({ type }) => type === 'object_elem') : [];

/** The expressions directly in a list or a call. */
export const elementsIn = (node: Node): Node[] =>
  node.namedChildren.filter(({ type }) => type === 'expression');
