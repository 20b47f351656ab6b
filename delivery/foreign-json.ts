import { jsonAddresses } from '../hcl/addresses';
import type { JsonObject } from './deliverable';
import { imagesFileName, stackFileName } from './folder';
import { leavesModule, takesOver, type Ours } from './ours';
import { contradiction } from './pending';
import { Refused } from '../steps/refused';
import { isIgnoredName } from './terragrunt';
import type { Tree } from './tree';

export interface ForeignJson {
  readonly path: string;
  readonly text: string;
  readonly json: JsonObject;
}

export const isForeignJson = (name: string): boolean =>
  name.endsWith('.tf.json') && ![stackFileName, imagesFileName].includes(name) && !isIgnoredName(name);

/** Terraform's JSON files of a folder that no delivery wrote. */
export function foreignJson(tree: Tree, folder: string): ForeignJson[] {
  return tree
    .list(folder)
    .filter(isForeignJson)
    .map((name) => {
      const path = `${folder}/${name}`;
      const text = tree.read(path) ?? '{}';
      try {
        return { path, text, json: bodyOf(JSON.parse(text)) };
      } catch (error) {
        throw new Refused([
          `${path}: JSON does not parse, got "${String(error)}"; restore it with git, or repair it`,
        ]);
      }
    });
}

/** A file may be a list of bodies too. */
const bodyOf = (json: unknown): JsonObject =>
  Array.isArray(json)
    ? Object.fromEntries(
        [...new Set(json.flatMap((one: JsonObject) => Object.keys(one)))].map((key) => [
          key,
          json.flatMap((one: JsonObject) => one[key] ?? []),
        ]),
      )
    : (json as JsonObject);

/** They are not edited, so they must not declare what is ours, nor call what is left, nor say that ours is gone. */
export function foreignJsonFaults(tree: Tree, folder: string, ours: Ours): string[] {
  return foreignJson(tree, folder).flatMap(({ path, text, json }) => {
    const at = (...keys: readonly string[]): string => `${path}:${lineOfKeys(text, keys)}`;
    return [
      ...jsonAddresses(json)
        .filter((address) => takesOver(ours, address) || leavesModule(ours, address))
        .map((address) => {
          const [head = '', ...names] = address.split('.');
          const block = { var: 'variable', local: 'locals' }[head] ?? head;
          return `${at(block, ...names)}: declares "${address}", which the generated file takes over; remove it there, JSON files are not edited`;
        }),
      ...['moved', 'removed', 'import'].flatMap((type) =>
        [json[type] ?? []].flat().flatMap((block) => {
          const { from, to } = block as { readonly from?: string; readonly to?: string };
          const fault = contradiction(ours, type, from, to);
          return fault === undefined ? [] : [`${at(type, from ?? to ?? '')}: ${fault}`];
        }),
      ),
    ];
  });
}

/** The line on which the last of these keys stands, each behind the one before. */
function lineOfKeys(text: string, keys: readonly string[]): number {
  const place = keys.reduce((at, key) => Math.max(at, text.indexOf(JSON.stringify(key), at)), 0);
  return text.slice(0, place).split('\n').length;
}
