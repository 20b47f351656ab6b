import type { Node } from 'web-tree-sitter';
import { nameOf } from '../hcl/nodes';
import { argumentsOf, elementsIn, elementsOf, objectElements } from '../hcl/objects';
import type { DeliveredImage } from './deliverable';
import { boundTo } from './bound-to';
import { called } from './called';
import { keepsKeys, product, unique } from './functions';
import { localOf } from './image-edit';
import { unknown } from './spelling';
import {
  treeRoot,
  imageMark,
  partsOf,
  repositoryMark,
  wordsOf,
  type Environment,
  type Source,
  type Word,
  type Evaluator,
} from './template';

/** Every value that an expression may have, as text, and every key or element that it may give a `for_each`. */
export interface Given {
  readonly values: readonly string[];
  readonly keys: readonly string[];
}

/** What a folder's expressions can be known to give. */
export interface Scope {
  /** From the tree's root: the folder, and that of the stack. */
  readonly folder: string;
  readonly root: string;
  readonly locals: ReadonlyMap<string, Source>;
  readonly variables: ReadonlyMap<string, Given>;
  /** @default nothing */
  readonly environment?: Environment;
}

/** Reads expressions as far as the folder alone tells them; whatever is in doubt may be anything. */
export function evaluator(scope: Scope, images: readonly DeliveredImage[]): Evaluator {
  const ours = new Map(
    images.map((image) => [localOf(image), image.tag === undefined ? repositoryMark : imageMark]),
  );
  const open = new Set<number>();
  const known = new Map<number, string[]>();

  const values = ({ file, node }: Source): string[] => {
    const named = namedIn(node);
    const each = (nodes: readonly Node[]): string[] =>
      unique(nodes.flatMap((one) => values({ file, node: one })));
    switch (node.type) {
      case 'literal_value':
        if (named[0]?.type === 'null_lit') return [];
        return named[0]?.type === 'string_lit' ? each(named.slice(0, 1)) : [node.text];
      case 'string_lit':
      case 'quoted_template':
      case 'heredoc_template':
        return product(parts({ file, node }).map((part) => part.values));
      case 'conditional':
        return each(named.slice(1));
      case 'object':
        return each(elementsOf(node).map(([, value]) => value));
      case 'tuple':
      case 'collection_value':
      case 'template_expr':
      case 'for_expr':
        return each(named.filter(({ type }) => !/_(?:start|end)$/u.test(type)));
      case 'for_tuple_expr':
      case 'for_object_expr':
        return each(named.filter(({ type }) => type === 'expression').slice(-1));
      case 'function_call':
        return called({ file, node }, scope.root, { values, keys, aim });
      case 'expression': {
        const inside = named[0]?.type !== 'variable_expr' && named.length === 1;
        return inside ? each(named) : once(node, () => reference({ file, node }));
      }
      default:
        return [unknown];
    }
  };

  const parts = (source: Source): Word[] => partsOf(source, images, values, scope.environment ?? new Map());

  const once = (node: Node, read: () => string[]): string[] => {
    const memo = known.get(node.id);
    if (memo !== undefined) return memo;
    if (open.has(node.id) || open.size > 64) return [unknown];
    open.add(node.id);
    const found = read();
    open.delete(node.id);
    known.set(node.id, found);
    return found;
  };

  const reference = (source: Source): string[] => {
    const [root, ...steps] = namedIn(source.node);
    const [first = ''] = steps.map(stepName);
    if (root?.text === 'var') return [...(scope.variables.get(first)?.values ?? [unknown])];
    if (root?.text === 'path') return [`${treeRoot}/${first === 'module' ? scope.folder : scope.root}`];
    const mark = root?.text === 'local' ? ours.get(first) : undefined;
    if (mark !== undefined) return [mark];
    const to = step(source);
    if (to !== undefined) return values(to);
    if (root?.type !== 'variable_expr')
      return root === undefined ? [unknown] : values({ ...source, node: root });
    const over = boundTo(source.node, root.text);
    if (over === undefined) return [unknown];
    const collection = { ...source, node: over.node };
    if (over.isBlock && first === 'key') return keys(collection);
    if (!over.isKey) return named(collection, steps.map(stepName).slice(over.isBlock ? 1 : 0));
    return aim(collection).node.type === 'tuple' ? ['0'] : keys(collection);
  };

  /** What a collection's elements hold below these names, where they are written out; else anything of it. */
  const named = (collection: Source, names: readonly string[]): string[] => {
    const [name] = names;
    const { file, node } = aim(collection);
    if (name === undefined) return values({ file, node });
    const inner = node.type === 'tuple' ? elementsIn(node) : elementsOf(node).map(([, value]) => value);
    const found = inner.flatMap((one) => {
      const object = aim({ file, node: one });
      const value = elementsOf(object.node).find(([key]) => key === name)?.[1];
      if (value !== undefined) return values({ file: object.file, node: value });
      return object.node.type === 'object' ? [] : [unknown];
    });
    return found.length === 0 ? values({ file, node }) : unique(found);
  };

  /** One step along `local.a.b`, as far as objects are written out; `undefined` where it leads to no local. */
  const step = ({ file, node }: Source): Source | undefined => {
    const [root, ...steps] = namedIn(node);
    if (root === undefined) return undefined;
    const isLocal = root.text === 'local' && root.type === 'variable_expr';
    let at = isLocal
      ? scope.locals.get(stepName(steps.shift() ?? root))
      : root.type === 'expression' && steps.length > 0
        ? { file, node: root }
        : undefined;
    for (const one of at === undefined ? [] : steps) {
      const object: Source | undefined = at === undefined ? undefined : aim(at);
      const value = object && elementsOf(object.node).find(([key]) => key === stepName(one))?.[1];
      if (object === undefined || value === undefined) return at;
      at = { file: object.file, node: value };
    }
    return at;
  };

  const aim = (source: Source): Source => {
    let at = source;
    for (let depth = 0; depth < 64; depth += 1) {
      const inner = namedIn(at.node);
      const wrapped = ['expression', 'collection_value', 'literal_value', 'template_expr', 'for_expr'];
      if (!wrapped.includes(at.node.type)) return at;
      const next =
        at.node.type === 'expression' && (inner.length > 1 || inner[0]?.type === 'variable_expr')
          ? step(at)
          : inner[0] && { file: at.file, node: inner[0] };
      if (next === undefined) return at;
      at = next;
    }
    return at;
  };

  const keys = (source: Source): string[] => {
    const { file, node } = aim(source);
    const inner = namedIn(node);
    const each = (nodes: readonly Node[], of = keys): string[] =>
      unique(nodes.flatMap((one) => of({ file, node: one })));
    switch (node.type) {
      case 'object':
        return each(
          objectElements(node).flatMap((one) => one.namedChildren.slice(0, 1)),
          values,
        );
      case 'for_object_expr':
        return each(inner.filter(({ type }) => type === 'expression').slice(0, 1), values);
      case 'conditional':
        return each(inner.slice(1));
      case 'function_call':
        return keepsKeys.test(nameOf(node)) ? each(argumentsOf(node)) : values({ file, node });
      case 'expression':
        if (inner[0]?.text === 'var')
          return [...(scope.variables.get(stepName(inner[1] ?? node))?.keys ?? [unknown])];
    }
    return values({ file, node });
  };

  return { values, keys, aim, words: (source) => wordsOf(parts(source)) };
}

const namedIn = (node: Node): Node[] => node.namedChildren.filter(({ type }) => type !== 'comment');
const stepName = (step: Node): string => step.text.replaceAll(/[.\s"[\]]/gu, '');
