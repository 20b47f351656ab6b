import type { JsonObject } from './deliverable';
import { jsonAddresses } from '../hcl/addresses';
import { blockAt } from './resources';
import { argumentOf } from '../hcl/nodes';
import type { HclBlock } from '../hcl/read';

/** What the delivered JSON declares, and what its `moved` blocks bring home. */
export interface Ours {
  readonly addresses: ReadonlySet<string>;
  /** `from` of every `moved` block, as `module.ingress.kubernetes_manifest.buffering[0]`. */
  readonly movedFrom: readonly string[];
  /** The same without keys, to where each goes. */
  readonly moved: ReadonlyMap<string, string>;
}

export function oursOf(body: JsonObject): Ours {
  const moved = body['moved'];
  const blocks = (Array.isArray(moved) ? moved : moved === undefined ? [] : [moved]) as JsonObject[];
  const end = (block: JsonObject, side: string): string => String(block[side]).replace(/^\$\{(.*)\}$/u, '$1');
  return {
    addresses: new Set(jsonAddresses(body)),
    movedFrom: blocks.map((block) => end(block, 'from')),
    moved: new Map(blocks.map((block) => [withoutKeys(end(block, 'from')), end(block, 'to')])),
  };
}

/** An address without its instance keys: `a.b[0]` is `a.b`. */
const withoutKeys = (address: string): string => address.replaceAll(/\[[^\]]*\]/gu, '');

/** True when the generated file declares this address, or moves it to one that it declares. */
export function takesOver(ours: Ours, address: string): boolean {
  return ours.addresses.has(address) || ours.moved.has(address);
}

/**
 * `for_each` instances are keyed, so a resource without keys does not adopt them: Terraform would destroy every one.
 */
export function unadoptedInstances(ours: Ours, body: JsonObject, block: HclBlock, path: string): string[] {
  if (block.type !== 'resource' || !hasArgument(block, 'for_each')) return [];
  const { address = '' } = block.declares[0] ?? {};
  if (blockAt(body, address)?.['for_each'] !== undefined) return [];
  if (ours.movedFrom.some((from) => from.startsWith(`${address}[`))) return [];
  return [
    `${path}:${block.line.toString()}: "${address}" has for_each, but the generated resource has no instances, so Terraform would destroy the existing ones; give each instance a moved block`,
  ];
}

/** `count = 1`, or a choice of one and none: instance 0 then has the address without a key. */
export const isAtMostOne = (block: HclBlock): boolean =>
  /^[01]$|\?\s*[01]\s*:\s*[01]\s*\)?$/u.test(argumentOf(block.node, 'count')?.text ?? '');

export const hasArgument = (block: HclBlock, name: string): boolean =>
  argumentOf(block.node, name) !== undefined;
