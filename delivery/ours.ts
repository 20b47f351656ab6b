import type { Node } from 'web-tree-sitter';
import type { JsonObject } from './deliverable';
import { jsonAddresses } from '../hcl/addresses';
import { argumentOf } from '../hcl/nodes';
import type { HclBlock } from '../hcl/read';

/** What the delivered JSON declares, none of it with `count` or `for_each`, and what its `moved` blocks bring home. */
export interface Ours {
  readonly addresses: ReadonlySet<string>;
  /** `from` of every `moved` block, as `module.ingress.kubernetes_manifest.buffering[0]`. */
  readonly movedFrom: readonly string[];
  /** The same without keys, to where each goes. */
  readonly moved: ReadonlyMap<string, string>;
}

export function oursOf(body: JsonObject): Ours {
  const moved = [body['moved'] ?? []].flat() as JsonObject[];
  return {
    addresses: new Set(jsonAddresses(body)),
    movedFrom: moved.map(({ from }) => bare(from)),
    moved: new Map(moved.map(({ from, to }) => [withoutKeys(bare(from)), bare(to)])),
  };
}

/** An address as JSON may have it, `${a.b}`, without the marks of a template. */
export const bare = (address: unknown): string => String(address).replace(/^\$\{(.*)\}$/u, '$1');

/** An address without its instance keys: `a.b[0]` is `a.b`. */
export const withoutKeys = (address: string): string => address.replaceAll(/\[[^\]]*\]/gu, '');

/** True when the generated file declares this address, or moves it to one that it declares. */
export function takesOver(ours: Ours, address: string): boolean {
  return ours.addresses.has(address) || ours.moved.has(address);
}

/** Whether a `moved` block brings anything out of this call. */
export const leavesModule = (ours: Ours, address: string): boolean =>
  !ours.addresses.has(address) && [...ours.moved.keys()].some((from) => from.startsWith(`${address}.`));

/** `count = 1`, or a choice of one and none: instance 0 then has the address without a key. */
export const isAtMostOne = ({ node }: HclBlock): boolean => oneOrNone(argumentOf(node, 'count'));

function oneOrNone(count: Node | undefined): boolean {
  const inner = count?.namedChildren ?? [];
  // The grammar reads "a ? 3 : b ? 1 : 0" as a condition of its own.
  if (count?.type === 'conditional')
    return inner[0]?.descendantsOfType('conditional').length === 0 && inner.slice(1).every(oneOrNone);
  return inner.length === 1 ? oneOrNone(inner[0]) : /^[01]$/u.test(count?.text ?? '');
}

export const hasArgument = (block: HclBlock, name: string): boolean =>
  argumentOf(block.node, name) !== undefined;

export const isConditional = (block: HclBlock): boolean =>
  hasArgument(block, 'count') || hasArgument(block, 'for_each');
