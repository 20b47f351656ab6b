import { readFileSync } from 'node:fs';
import { parse as hclToJson } from '@cdktf/hcl2json';
import { Language, Parser, type Node } from 'web-tree-sitter';
import type { JsonObject } from './deliverable';
import { DeliveryRefused } from './fault';

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
  /** The same file as Terraform's own parser reads it. */
  readonly json: JsonObject;
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
    const root = parser.parse(text)?.rootNode;
    if (root === undefined) throw new Error(`${path}: the HCL grammar was not loaded`);
    const blocks = (root.namedChildren.find((child) => child.type === 'body')?.namedChildren ?? [])
      .filter((child) => child.type === 'block')
      .map((child) => readBlock(child));
    if (addressesOf(blocks).join('\n') !== jsonAddresses(json).join('\n')) {
      throw new DeliveryRefused([unplaceable(path, root)]);
    }
    const file = { path, text, blocks, comments: root.descendantsOfType('comment'), root, json };
    files.set(path, file);
    return file;
  };
}

/** Every node below, in the order of the text. */
export function* nodesBelow(node: Node): Generator<Node> {
  for (const child of node.children) {
    yield child;
    yield* nodesBelow(child);
  }
}

export const lineOf = (node: Node): number => node.startPosition.row + 1;

/** What Terraform's JSON syntax declares, one address per declaration, sorted. */
export function jsonAddresses(json: JsonObject): string[] {
  const found: string[] = [];
  const add = (prefix: string, bodies: unknown): void => {
    for (const [name, body] of Object.entries((bodies ?? {}) as JsonObject)) {
      if (name === '//') continue;
      const times = Array.isArray(body) ? body.length : 1;
      for (let time = 0; time < times; time += 1) found.push(`${prefix}${name}`);
    }
  };
  const each = (value: unknown): JsonObject[] =>
    (Array.isArray(value) ? value : [value ?? {}]) as JsonObject[];
  for (const locals of each(json['locals'])) {
    for (const name of Object.keys(locals)) if (name !== '//') found.push(`local.${name}`);
  }
  for (const [block, prefix] of [
    ['variable', 'var.'],
    ['output', 'output.'],
    ['module', 'module.'],
  ] as const) {
    for (const bodies of each(json[block])) add(prefix, bodies);
  }
  for (const [block, prefix] of [
    ['resource', ''],
    ['data', 'data.'],
  ] as const) {
    for (const types of each(json[block])) {
      for (const [type, bodies] of Object.entries(types)) {
        if (type !== '//') add(`${prefix}${type}.`, bodies);
      }
    }
  }
  return found.sort();
}

async function readAsTerraform(path: string, text: string): Promise<JsonObject> {
  try {
    return (await hclToJson(path, text)) as JsonObject;
  } catch (error) {
    const reason = /\[(.*)\]/su.exec(String(error))?.[1] ?? String(error);
    throw new DeliveryRefused([
      `${path}: HCL does not parse, got "${reason.replaceAll(/\s+/gu, ' ')}"; the file may be cut short: restore it with git, or repair it`,
    ]);
  }
}

function readBlock(node: Node): HclBlock {
  const words = node.namedChildren.filter(isWord);
  const [type = '', ...labels] = words.map(wordOf);
  const place = { type, line: lineOf(node), start: node.startIndex, end: node.endIndex, node };
  if (type !== 'locals') {
    const address = addressOf(type, labels);
    return { ...place, declares: address === undefined ? [] : [{ address, line: place.line }] };
  }
  return {
    ...place,
    declares: attributesOf(node).map((attribute) => ({
      address: `local.${attribute.namedChildren[0]?.text ?? ''}`,
      line: lineOf(attribute),
    })),
  };
}

/** The attributes directly in a block's body. */
export function attributesOf(block: Node): Node[] {
  const body = block.namedChildren.find((child) => child.type === 'body');
  return (body?.namedChildren ?? []).filter((child) => child.type === 'attribute');
}

const isWord = (node: Node): boolean => node.type === 'identifier' || node.type === 'string_lit';
const wordOf = (node: Node): string =>
  node.type === 'identifier'
    ? node.text
    : (node.namedChildren.find((child) => child.type === 'template_literal')?.text ?? '');

function addressOf(type: string, labels: readonly string[]): string | undefined {
  switch (type) {
    case 'resource':
      return labels.join('.');
    case 'data':
      return ['data', ...labels].join('.');
    case 'variable':
      return `var.${labels[0] ?? ''}`;
    case 'output':
    case 'module':
      return `${type}.${labels[0] ?? ''}`;
    default:
      return undefined;
  }
}

const addressesOf = (blocks: readonly HclBlock[]): string[] =>
  blocks.flatMap((block) => block.declares.map(({ address }) => address)).sort();

function unplaceable(path: string, root: Node): string {
  const error = root.descendantsOfType('ERROR')[0];
  const where = error ? `${path}:${lineOf(error).toString()}` : path;
  const got = (error?.text ?? '').split('\n')[0]?.slice(0, 60) ?? '';
  return `${where}: Terraform reads this HCL but its positions cannot be established, got "${got}"; rewrite that expression in a plainer form`;
}
