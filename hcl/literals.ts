import type { Node } from 'web-tree-sitter';
import { nodesBelow } from './nodes';
import type { HclFile } from './read';

/** A run of plain text in a string, a heredoc or between the expressions of a template. */
export interface Literal {
  /** The string, template or heredoc that holds it. */
  readonly template: Node;
  /** What it means, escapes resolved. */
  readonly text: string;
  /** For each character of `text`, and for its end, the index in the file. */
  readonly at: readonly number[];
  /** Whether an expression stands directly before it, or behind it. */
  readonly afterExpression: boolean;
  readonly beforeExpression: boolean;
  readonly isHeredoc: boolean;
}

const templates = new Set(['string_lit', 'quoted_template', 'heredoc_template']);

/** Every run of plain text in the strings of a file, in order. Comments are no strings. */
export function literalsOf(file: HclFile, root: Node = file.root): Literal[] {
  const found: Literal[] = [];
  for (const node of nodesBelow(root)) {
    if (node.type === 'template_literal') found.push(literalAt(file, node));
  }
  return found;
}

/** The grammar leaves white space at either end out of the node; it belongs to the text all the same. */
function literalAt(file: HclFile, node: Node): Literal {
  const template = templateOf(node);
  const isHeredoc = template.type === 'heredoc_template';
  const previous = neighbour(node, 'previousSibling');
  const next = neighbour(node, 'nextSibling');
  const start = previous?.endIndex ?? node.startIndex;
  const end = next?.startIndex ?? node.endIndex;
  const raw = file.text.slice(start, end);
  const stripsBefore = previous?.text.endsWith('~}') === true;
  const stripsBehind = /^[$%]\{~/u.test(next?.text ?? '');
  const meant = unescape(raw, start, isHeredoc ? doubled : escape);
  const from = stripsBefore ? meant.text.length - meant.text.trimStart().length : 0;
  const to = stripsBehind ? meant.text.trimEnd().length : meant.text.length;
  const isExpression = (other: Node | undefined): boolean => /^template_(?!literal)/u.test(other?.type ?? '');
  return {
    template,
    text: meant.text.slice(from, to),
    at: meant.at.slice(from, to + 1),
    isHeredoc,
    afterExpression: isExpression(previous) && (stripsBefore || start === node.startIndex),
    beforeExpression: isExpression(next) && (stripsBehind || end === node.endIndex),
  };
}

function templateOf(node: Node): Node {
  for (let at: Node | null = node; at !== null; at = at.parent) if (templates.has(at.type)) return at;
  return node;
}

function neighbour(node: Node, side: 'previousSibling' | 'nextSibling'): Node | undefined {
  for (let at: Node | null = node; at !== null && !templates.has(at.type); at = at.parent) {
    if (at[side] !== null) return at[side];
  }
  return undefined;
}

const escape = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|\$(?=\$\{)|%(?=%\{)/suy;
const doubled = /\$(?=\$\{)|%(?=%\{)/uy;
const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function unescape(raw: string, start: number, pattern: RegExp): { text: string; at: number[] } {
  let text = '';
  const at: number[] = [];
  const add = (value: string, index: number): void => {
    at.push(...Array.from({ length: value.length }, () => start + index));
    text += value;
  };
  for (let index = 0; index < raw.length;) {
    pattern.lastIndex = index;
    const match = pattern.exec(raw);
    const code = match?.[1] ?? match?.[2];
    if (match === null) add(raw[index] ?? '', index);
    else if (code !== undefined) add(String.fromCodePoint(Number.parseInt(code, 16)), index);
    else if (match[3] !== undefined) add(letters[match[3]] ?? match[3], index);
    index += match?.[0].length ?? 1;
  }
  at.push(start + raw.length);
  return { text, at };
}
