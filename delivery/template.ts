import { posix } from 'node:path';
import type { Node } from 'web-tree-sitter';
import { literalsOf } from '../hcl/literals';
import type { HclFile } from '../hcl/read';
import type { DeliveredImage } from './deliverable';
import { product } from './functions';
import { spellingsAt } from './image-edit';
import { unknown } from './spelling';

/** An expression and the file it stands in. */
export interface Source {
  readonly file: HclFile;
  readonly node: Node;
}

/** A run of text without white space, with every value it may have. */
export interface Word {
  readonly line: number;
  readonly values: readonly string[];
}

/** Reads expressions of a stack. */
export interface Evaluator {
  /** `unknown` stands for what cannot be told before Terraform runs, a mark for what becomes a reference. */
  readonly values: (source: Source) => string[];
  readonly keys: (source: Source) => string[];
  /** The literals to which an expression leads. */
  readonly leads: (source: Source) => Source[];
  /** What an object or a list has under a name; all of it where that is `undefined`. */
  readonly member: (source: Source, name: string | undefined) => Source[];
  /** The words of a template. */
  readonly words: (source: Source) => Word[];
}

/** Stand for what became a reference already: to a repository, and to an image with its tag. */
export const repositoryMark = '\uE000';
export const imageMark = '\uE001';
/** Stands for a hash of what becomes a reference, which changes with it. */
export const hashMark = '\uE003';
export const isMoved = (value: string): boolean => namesMoved(value) || value.includes(hashMark);
export const namesMoved = (value: string): boolean =>
  value.includes(imageMark) || value.includes(repositoryMark);
/** Begins a path from the tree's root. */
export const treeRoot = '\uE002';
/** Where a path leads, from the tree's root; a relative one begins in any of these folders. */
export const placesOf = (path: string, folders: readonly string[]): string[] =>
  (path.startsWith(treeRoot)
    ? [path.slice(treeRoot.length)]
    : path.startsWith('.')
      ? folders.map((folder) => `${folder}/${path}`)
      : []
  ).map((one) => posix.normalize(one).replaceAll(/^\/|\/$/gu, ''));
/** Stands for a place that is refused already. */
const told = '\n';

/** Variables of a shell, of Kubernetes and of a Helm template give what cannot be known either. */
export const shellUnknown = (text: string): string =>
  text.replaceAll(/\$\{\w+[^}]*\}|\$\(\w+\)|\$\w+|\{\{[^}]*\}\}/gu, unknown);

/** Names under which a program or a template finds an image that moves, to the mark of that image. */
export type Environment = ReadonlyMap<string, string>;

/** The text with what its variables hold in their place; where a shell takes one apart, it goes on as another name. */
export const withEnvironment = (text: string, environment: Environment): string =>
  environment.size === 0
    ? text
    : text.replaceAll(
        /\$(?:\{\s*(\w+)\s*([%#/^,:][^}]*)?\}|\((\w+)\)|(\w+))/gu,
        (variable, braced?: string, operation?: string, ofKubernetes?: string, plain?: string) => {
          const held = environment.get(braced ?? ofKubernetes ?? plain ?? '');
          return held === undefined
            ? variable
            : `${held}${operation === undefined || /^:[-=?+]/u.test(operation) ? '' : 'x'}`;
        },
      );

/** The runs of text and the expressions of a template, in order; what becomes a reference is marked. */
export function partsOf(
  { file, node: template }: Source,
  images: readonly DeliveredImage[],
  values: (source: Source) => string[],
  environment: Environment,
): Word[] {
  const parts = [...piecesOf(template)].map(({ type, namedChildren, startIndex, endIndex }): Part => {
    const inner = namedChildren.find((child) => child.type === 'expression');
    const isValue = type === 'template_interpolation' && inner !== undefined;
    const found = isValue ? values({ file, node: inner }) : [unknown];
    return { line: file.lineAt(startIndex), values: found, start: startIndex, end: endIndex };
  });
  for (const literal of literalsOf(file, template)) {
    if (literal.template.id !== template.id) continue;
    let text = literal.text;
    for (const { start, end, tag, tagEnd, obstacle } of spellingsAt(literal, images).toReversed()) {
      const mark = tag === undefined ? repositoryMark : imageMark;
      text =
        text.slice(0, start) +
        (obstacle === undefined ? mark : told) +
        text.slice(tag === undefined ? end : tagEnd);
    }
    const start = literal.at[0] ?? template.startIndex;
    const prose = literal.isHeredoc ? text.replaceAll(/^[ \t]*#.*$/gmu, '') : text;
    parts.push({
      line: file.lineAt(start),
      values: [shellUnknown(withEnvironment(prose, environment))],
      start,
      end: literal.at.at(-1) ?? start,
    });
  }
  return parts
    .sort((a, b) => a.start - b.start)
    .flatMap((part, index, all) => {
      // The grammar has no node for white space between two expressions.
      const gap = file.text.slice(part.end, all[index + 1]?.start ?? part.end);
      const isStripped =
        file.text.slice(0, part.end).endsWith('~}') || /^\s*[$%]\{~/u.test(file.text.slice(part.end));
      return gap === '' || isStripped ? [part] : [part, { line: file.lineAt(part.end), values: [gap] }];
    });
}

interface Part extends Word {
  readonly start: number;
  readonly end: number;
}

/** The expressions of a template, and the marks of its directives. */
function* piecesOf(node: Node): Generator<Node> {
  for (const child of node.namedChildren) {
    if (/^template_(?:directive|for|if)$/u.test(child.type)) yield* piecesOf(child);
    else if (child.type.startsWith('template_') && child.type !== 'template_literal') yield child;
  }
}

/** White space ends a name, so each word of a template is looked at by itself. */
export function wordsOf(parts: readonly Word[]): Word[] {
  const found: Word[] = [];
  let word: Word[] = [];
  const close = (): void => {
    if (word.length > 0)
      found.push({ line: word[0]?.line ?? 0, values: product(word.map((part) => part.values)) });
    word = [];
  };
  for (const { line, values: all } of parts) {
    if (all.length !== 1) {
      word.push({ line, values: all });
      continue;
    }
    let at = line;
    for (const piece of (all[0] ?? '').split(/(\s)/u)) {
      if (/^\s$/u.test(piece)) {
        close();
        if (piece === '\n') at += 1;
      } else if (piece !== '') word.push({ line: at, values: [piece] });
    }
  }
  close();
  return found;
}
