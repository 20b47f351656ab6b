import { readFileSync } from 'node:fs';
import type * as Terraform from '@cdktf/hcl2json';
import { Language, Parser, type Node } from 'web-tree-sitter';
import { jsonAddresses, type HclJson } from './addresses';
import { HclError } from './hcl-error';
import { attributesOf, lineOf, nameOf } from './nodes';

/** A name that Terraform knows within one module: `kubernetes_secret.token`, `data.t.n`, `local.image`, `var.tag`. */
export interface Declaration {
  readonly address: string;
  readonly line: number;
}

/** A top-level block, with its byte-exact place as indices into the file's text. */
export interface HclBlock {
  readonly type: string;
  readonly declares: readonly Declaration[];
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly node: Node;
}

export interface HclFile {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly HclBlock[];
  readonly comments: readonly Node[];
  readonly root: Node;
  /** The line, from 1, of an index into the text. */
  readonly lineAt: (index: number) => number;
  /** The same file as Terraform's own parser reads it. */
  readonly json: HclJson;
}

/** Parses HCL text; two parsers must agree on what it declares, or its positions are not trusted. */
export type ParseHcl = (path: string, text: string) => Promise<HclFile>;

/** Loads the grammar; the parser it returns remembers each file it has read. */
export async function hclParser(): Promise<ParseHcl> {
  await Parser.init();
  const wasm = require.resolve('@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm');
  const language = await Language.load(readFileSync(wasm));
  const parser = new Parser().setLanguage(language);
  const files = new Map<string, HclFile>();
  return async (path, text) => {
    const known = files.get(path);
    if (known?.text === text) return known;
    const json = await readAsTerraform(path, text);
    const root = placed(parser, path, text);
    const blocks = (root.namedChildren.find((child) => child.type === 'body')?.namedChildren ?? [])
      .filter((child) => child.type === 'block')
      .map((child) => readBlock(child));
    if (addressesOf(blocks).join('\n') !== jsonAddresses(json).join('\n')) throw unplaceable(path, root);
    const comments = root.descendantsOfType('comment');
    const file = { path, text, blocks, comments, root, lineAt: lineIndex(text), json };
    files.set(path, file);
    return file;
  };
}

/** Where lines end, once: a file is asked for the line of every string in it. */
function lineIndex(text: string): (index: number) => number {
  const ends = [...text.matchAll(/\n/gu)].map(({ index }) => index);
  return (index) => {
    let [from, to] = [0, ends.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((ends[middle] ?? index) < index) from = middle + 1;
      else to = middle;
    }
    return from + 1;
  };
}

async function readAsTerraform(path: string, text: string): Promise<HclJson> {
  try {
    // It compiles Terraform's parser as it is loaded, which keeps a process that reads nothing from ending.
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- import() would need other file extensions than jest's
    const { parse } = require('@cdktf/hcl2json') as typeof Terraform;
    return (await parse(path, text)) as HclJson;
  } catch (error) {
    const reason = (/\[(.*)\]/su.exec(String(error))?.[1] ?? String(error)).replaceAll(/\s+/gu, ' ');
    const place = /:(\d+),(\d+)(?:-[\d,]+)?: /u.exec(reason);
    throw new HclError(
      path,
      place === null ? undefined : { line: Number(place[1]), column: Number(place[2]) },
      `HCL does not parse, got "${reason.slice(place === null ? 0 : place.index + place[0].length)}"; the file may be cut short: restore it with git, or repair it`,
    );
  }
}

/** The text with every byte's place. The grammar knows no exponent without a point (`1e-3`): digits of the same length stand in. */
function placed(parser: Parser, path: string, text: string): Node {
  const read = (source: string): Node => {
    const root = parser.parse(source)?.rootNode;
    if (root === undefined) throw new Error(`${path}: the HCL grammar was not loaded`);
    return root;
  };
  const first = read(text);
  if (!first.hasError) return first;
  const second = read(
    text.replaceAll(/(?<![\w.])\d+[eE][+-]?\d+/gu, (number, at: number) =>
      isText(first, at) ? number : '1'.repeat(number.length),
    ),
  );
  if (second.hasError) throw unplaceable(path, second);
  return second;
}

const isText = (root: Node, at: number): boolean =>
  ['template_literal', 'comment'].includes(root.descendantForIndex(at)?.type ?? '');

function readBlock(node: Node): HclBlock {
  const [type = '', ...labels] = node.namedChildren.filter(isWord).map(wordOf);
  const line = lineOf(node);
  const prefix = prefixes[type];
  const declares =
    type === 'locals'
      ? attributesOf(node).map((one) => ({ address: `local.${nameOf(one)}`, line: lineOf(one) }))
      : prefix === undefined
        ? []
        : [{ address: `${prefix}${labels.join('.')}`, line }];
  return { type, line, declares, start: node.startIndex, end: node.endIndex, node };
}

/** What stands before a block's labels in its address. */
const prefixes: Readonly<Record<string, string>> = {
  resource: '',
  data: 'data.',
  variable: 'var.',
  output: 'output.',
  module: 'module.',
};

const isWord = (node: Node): boolean => node.type === 'identifier' || node.type === 'string_lit';
const wordOf = (node: Node): string =>
  node.type === 'identifier'
    ? node.text
    : (node.namedChildren.find((child) => child.type === 'template_literal')?.text ?? '');

const addressesOf = (blocks: readonly HclBlock[]): string[] =>
  blocks.flatMap((block) => block.declares.map(({ address }) => address)).sort();

function unplaceable(path: string, root: Node): HclError {
  const error = root.descendantsOfType('ERROR')[0];
  const place =
    error === undefined ? undefined : { line: lineOf(error), column: error.startPosition.column + 1 };
  const got = (error?.text ?? '').split('\n')[0]?.slice(0, 60) ?? '';
  return new HclError(
    path,
    place,
    `Terraform reads this HCL but its positions cannot be established, got "${got}"; rewrite that expression in a plainer form`,
  );
}
