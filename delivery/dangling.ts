import { jsonAddresses } from '../hcl/addresses';
import type { HclBlock } from '../hcl/read';
import { referencesBelow } from '../hcl/references';
import { foreignJson } from './foreign-json';
import { isConditional, type Ours } from './ours';
import { isPending } from './pending';
import { filesBelow, textOf, type Tree } from './tree';

/** A block of a folder's HCL, and its file. */
export interface Placed {
  readonly path: string;
  readonly block: HclBlock;
}

/** What a delivery makes of a folder's hand-written HCL. */
export interface Split {
  readonly leaving: readonly Placed[];
  readonly kept: readonly Placed[];
}

/** Who refers to what the delivery takes away: HCL and JSON that stay in the folder, and other stacks by its outputs. */
export function dangling(tree: Tree, folder: string, split: Split, ours: Ours): string[] {
  const declared = new Set([...ours.addresses, ...split.kept.flatMap(({ block }) => addressesOf(block))]);
  const lost = new Map(
    split.leaving.flatMap(({ path, block }) =>
      block.declares
        .filter(({ address }) => !declared.has(address))
        .map(({ address, line }) => [address, `${path}:${line}`] as const),
    ),
  );
  const why = (address: string): string => {
    const to = ours.moved.get(address);
    const what = to === undefined ? 'declare it in this file' : `refer to "${to}"`;
    return `refers to "${address}", which ${lost.get(address) ?? ''} declares and the delivery removes; ${what}`;
  };
  const keyed = new Set(
    split.leaving.filter(({ block }) => isConditional(block)).flatMap(({ block }) => addressesOf(block)),
  );
  return [
    ...split.kept
      // Their addresses are those of the state.
      .filter(({ block }) => !isPending(block))
      .flatMap(({ path, block }) =>
        referencesBelow(block.node).flatMap(({ address, line, isIndexed, isWhole }) => {
          const instances =
            ours.addresses.has(address) && !/^(?:var|local|module|output)\./u.test(address)
              ? (isIndexed && byKey(address)) || (isWhole && keyed.has(address) && ofAll(address))
              : false;
          const fault = lost.has(address) ? why(address) : instances;
          return fault === false ? [] : [`${path}:${line}: ${fault}`];
        }),
      ),
    ...foreignJson(tree, folder).flatMap(({ path, text, json }) => {
      const own = new Set(jsonAddresses(json));
      const found = (
        addresses: Iterable<string>,
        behind: string,
        say: (address: string) => string,
      ): string[] =>
        [...addresses]
          .filter((address) => !own.has(address))
          .flatMap((address) =>
            linesOf(text, `(?<![\\w.])${address.replaceAll('.', '\\.')}${behind}`).map(
              (line) => `${path}:${line}: ${say(address)}`,
            ),
          );
      return [
        ...found(lost.keys(), '(?![\\w-])', why),
        ...found(ours.addresses, '(?:\\[(?!\\*)|\\.\\d)', byKey),
        ...found(keyed, '(?![\\w.[-]|")', (address) => (lost.has(address) ? why(address) : ofAll(address))),
      ];
    }),
    ...[...lost.keys()]
      .filter((address) => address.startsWith('output.'))
      .flatMap((address) => readers(tree, folder, address)),
  ];
}

const addressesOf = (block: HclBlock): string[] => block.declares.map(({ address }) => address);

/** An index on what has one instance is an error of Terraform's. */
const byKey = (address: string): string =>
  `refers to an instance of "${address}" by its key, but the generated one has no keys; take the key away`;

const ofAll = (address: string): string =>
  `takes the instances of "${address}" as a whole, but the generated one is one object; name the value that is meant`;

/** Other stacks that read an output of this one, through its state or Terragrunt. */
function readers(tree: Tree, folder: string, address: string): string[] {
  const stack = folder.split('/')[1] ?? '';
  const output = `\\.outputs(?:(?:\\.|\\["?)${address.slice('output.'.length)}\\b|\\s*(?:[),}]|$))`;
  return [...filesBelow(tree, 'stacks')]
    .filter((path) => /\.(?:tf|hcl|tf\.json)$/u.test(path))
    .flatMap((path) => {
      const text = textOf(tree, path) ?? '';
      const names = new RegExp(`["/]${stack}["/]`, 'u').test(text);
      return (names ? linesOf(text, output) : []).map(
        (line) =>
          `${path}:${line}: reads "${address}" of stacks/${stack}, which the delivery removes; read it where it comes from, or declare the output in a file of its own there`,
      );
    });
}

/** The lines, from 1, on which a pattern stands, comments aside. */
function linesOf(text: string, pattern: string): number[] {
  const wanted = new RegExp(pattern, 'u');
  return text
    .split('\n')
    .flatMap((line, index) =>
      !/^\s*(?:#|\/\/|"(?:from|to)":)/u.test(line) && wanted.test(line) ? [index + 1] : [],
    );
}
