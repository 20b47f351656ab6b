import type { Node } from 'web-tree-sitter';
import { nameOf } from '../hcl/nodes';
import { argumentsOf, elementsIn, elementsOf, objectElements } from '../hcl/objects';
import type { HclFile } from '../hcl/read';
import type { DeliveredImage } from './deliverable';
import { boundTo } from './bound-to';
import { called } from './called';
import { keepsMembers, product, unique } from './functions';
import { localOf } from './image-edit';
import { unknown } from './spelling';
import {
  treeRoot,
  imageMark,
  partsOf,
  repositoryMark,
  wordsOf,
  type Environment,
  type Evaluator,
  type Source,
  type Word,
} from './template';

/** What a file's expressions can be known to mean. */
export interface Scope {
  /** From the tree's root: the folder, and that of the stack. */
  readonly folder: string;
  readonly root: string;
  /** By `local.image`, `var.tag`, `module.m.image`, and by bare names in a template: all that each may be. */
  readonly names: ReadonlyMap<string, readonly Source[]>;
}

/** Reads expressions as far as the stack tells them; whatever is in doubt may be anything. */
export function evaluator(
  scopeOf: (file: HclFile) => Scope,
  images: readonly DeliveredImage[],
  environment: Environment = new Map(),
): Evaluator {
  const ours = new Map(
    images.map((image) => [localOf(image), image.tag === undefined ? repositoryMark : imageMark]),
  );
  /** Each expression is read once, and not again within itself. */
  const remember = <T>(read: (source: Source) => T, within: T): ((source: Source) => T) => {
    const known = new Map<number, T>();
    const open = new Set<number>();
    return (source) => {
      const { id } = source.node;
      const memo = known.get(id);
      if (memo !== undefined || known.has(id)) return memo as T;
      if (open.has(id) || open.size > 64) return within;
      open.add(id);
      const found = read(source);
      open.delete(id);
      known.set(id, found);
      return found;
    };
  };

  const values = (source: Source): string[] => {
    const { file, node } = source;
    if (node.type === 'expression' && isReference(node)) return referenced(source);
    const to = leads(source);
    if (to.some((one) => one.node.id !== node.id)) return unique(to.flatMap(values));
    switch (node.type) {
      case 'literal_value': {
        const [literal] = namedIn(node);
        if (literal?.type === 'null_lit') return [];
        return literal?.type === 'string_lit' ? values({ file, node: literal }) : [node.text];
      }
      case 'string_lit':
      case 'quoted_template':
      case 'heredoc_template':
        return product(parts(source).map((part) => part.values));
      case 'object':
      case 'tuple':
      case 'for_tuple_expr':
      case 'for_object_expr':
        return unique(elements(source).flatMap(values));
      case 'function_call':
        return called(source, scopeOf(file).root, { values, keys, leads });
      default:
        return [unknown];
    }
  };

  const parts = (source: Source): Word[] => partsOf(source, images, values, environment);

  const referenced = remember(
    (source): string[] => {
      const [root, ...steps] = namedIn(source.node);
      const [first = ''] = steps.map(stepName);
      const { folder, root: stack } = scopeOf(source.file);
      if (root?.text === 'path') return [`${treeRoot}/${first === 'module' ? folder : stack}`];
      const mark = root?.text === 'local' ? ours.get(first) : undefined;
      if (mark !== undefined) return [mark];
      const over = boundTo(source.node, root?.text ?? '');
      if (over?.isKey === true || (over?.isBlock === true && first === 'key')) {
        const collection = { ...source, node: over.node };
        const isList = over.isKey && leads(collection).every(({ node }) => node.type === 'tuple');
        return isList ? ['0'] : keys(collection);
      }
      const to = targets(source);
      return to === undefined ? [unknown] : unique(to.flatMap(values));
    },
    [unknown],
  );

  /** What a reference leads to; `undefined` where nothing tells. */
  const targets = remember((source): Source[] | undefined => {
    const [root, ...steps] = namedIn(source.node);
    if (root === undefined) return undefined;
    const here = (node: Node): Source => ({ ...source, node });
    const over = root.type === 'variable_expr' ? boundTo(source.node, root.text) : undefined;
    let found: readonly Source[] | undefined;
    if (root.type !== 'variable_expr') found = [here(root)];
    else if (over !== undefined) {
      found = elements(here(over.node));
      if (over.isBlock) steps.shift();
    } else {
      const names = steps.filter(({ type }) => type === 'get_attr');
      const length = { local: 1, var: 1, module: 2 }[root.text] ?? 0;
      const last = names[length - 1];
      found = scopeOf(source.file).names.get([root, ...names.slice(0, length)].map(stepName).join('.'));
      steps.splice(0, last === undefined ? 0 : steps.indexOf(last) + 1);
    }
    const to = steps
      .flatMap((step) =>
        step.type === 'splat' ? [undefined, ...step.descendantsOfType('get_attr')] : [step],
      )
      .reduce((at, step) => {
        const next = at?.flatMap((one) => member(one, step && nameIn(step)));
        return next?.length === 0 ? at : next;
      }, found);
    return to && distinct(to.flatMap(leads));
  }, undefined);

  /** The literals that an expression may be, through references, choices and functions that hand a value on. */
  const leads = (source: Source): Source[] => {
    const { file, node } = source;
    const inner = namedIn(node);
    const on = (nodes: readonly Node[]): Source[] => nodes.flatMap((one) => leads({ file, node: one }));
    switch (node.type) {
      case 'collection_value':
      case 'template_expr':
      case 'for_expr':
        return on(inner.slice(0, 1));
      case 'quoted_template': {
        const [only, ...rest] = inner.filter(({ type }) => !type.startsWith('quoted_template_'));
        const isValue = only?.type === 'template_interpolation' && rest.length === 0;
        return isValue ? on(namedIn(only).filter(({ type }) => type === 'expression')) : [source];
      }
      case 'conditional':
        return on(inner.slice(1));
      case 'function_call':
        if (nameOf(node) === 'flatten') return on(argumentsOf(node)).flatMap(elements).flatMap(leads);
        return keepsMembers.test(nameOf(node)) ? on(argumentsOf(node)) : [source];
      case 'expression':
        return isReference(node) ? (targets(source) ?? [source]) : on(inner);
      default:
        return [source];
    }
  };

  const elements = (source: Source): Source[] =>
    leads(source).flatMap(({ file, node }) => membersOf(node).map((one) => ({ file, node: one })));

  const member = (source: Source, name: string | undefined): Source[] =>
    leads(source).flatMap(({ file, node }) => {
      const all = membersOf(node);
      const pairs = elementsOf(node);
      const one =
        name === undefined
          ? undefined
          : node.type === 'tuple'
            ? all[Number(name)]
            : pairs.find(([key]) => key === name)?.[1];
      const isAbsent =
        name !== undefined && node.type === 'object' && !pairs.some(([key]) => /[.$[(]/u.test(key));
      return (one === undefined ? (isAbsent ? [] : all) : [one]).map((found) => ({ file, node: found }));
    });

  const keys = (source: Source): string[] =>
    unique(
      leads(source).flatMap(({ file, node }) => {
        const isMap = node.type === 'object' || node.type === 'for_object_expr';
        const of =
          node.type === 'object'
            ? objectElements(node).flatMap((one) => one.namedChildren.slice(0, 1))
            : elementsIn(node).slice(0, 1);
        return (isMap ? of : [node]).flatMap((one) => values({ file, node: one }));
      }),
    );

  const words = (source: Source): Word[] => {
    const lines = source.node.type === 'heredoc_template' ? source.file.text.split('\n') : [];
    return wordsOf(parts(source)).filter(({ line }) => !/^\s*#/u.test(lines[line - 1] ?? ''));
  };

  return { values, keys, leads, member, words };
}

/** What a collection is written out with; anything else stands for all that is in it. */
function membersOf(node: Node): Node[] {
  switch (node.type) {
    case 'object':
      return elementsOf(node).map(([, value]) => value);
    case 'tuple':
      return elementsIn(node);
    case 'for_tuple_expr':
    case 'for_object_expr':
      return elementsIn(node).slice(-1);
    default:
      return [node];
  }
}

const namedIn = (node: Node): Node[] => node.namedChildren.filter(({ type }) => type !== 'comment');
const stepName = (step: Node): string => step.text.replaceAll(/[.\s"[\]]/gu, '');
/** `undefined` for what an expression chooses. */
const nameIn = (step: Node): string | undefined =>
  step.type === 'get_attr' || /^(?:\.\d+|\[\s*(?:\d+|"[^"$]*")\s*\])$/u.test(step.text)
    ? step.text.replaceAll(/^[.\s["]+|["\s\]]+$/gu, '')
    : undefined;
const isReference = (node: Node): boolean => {
  const [first, ...rest] = namedIn(node);
  return first?.type === 'variable_expr' || rest.length > 0;
};
const distinct = (sources: readonly Source[]): Source[] => [
  ...new Map(sources.map((source) => [source.node.id, source])).values(),
];
