import type { JsonObject } from './deliverable';
import { jsonAddresses } from '../hcl/addresses';
import type { HclBlock } from '../hcl/read';

/** What the delivered JSON declares, and what its `moved` blocks bring home. */
export interface Ours {
  readonly addresses: ReadonlySet<string>;
  /** `from` of every `moved` block, as `module.ingress.kubernetes_manifest.buffering[0]`. */
  readonly movedFrom: readonly string[];
}

export function oursOf(body: JsonObject): Ours {
  const moved = body['moved'];
  const blocks = (Array.isArray(moved) ? moved : moved === undefined ? [] : [moved]) as JsonObject[];
  return {
    addresses: new Set(jsonAddresses(body)),
    movedFrom: blocks.map((block) => String(block['from']).replace(/^\$\{(.*)\}$/u, '$1')),
  };
}

/** An address without its instance keys: `a.b[0]` is `a.b`. */
export const withoutKeys = (address: string): string => address.replaceAll(/\[[^\]]*\]/gu, '');

/** True when the generated file declares this address, or moves it to one that it declares. */
export function takesOver(ours: Ours, address: string): boolean {
  return ours.addresses.has(address) || ours.movedFrom.some((from) => withoutKeys(from) === address);
}

/**
 * `for_each` instances are keyed, so a resource without keys does not adopt them: Terraform would destroy every one.
 */
export function unadoptedInstances(ours: Ours, body: JsonObject, block: HclBlock, path: string): string[] {
  if (block.type !== 'resource' || !hasArgument(block, 'for_each')) return [];
  const { address = '' } = block.declares[0] ?? {};
  const [type = '', name = ''] = address.split('.');
  const declared = ((body['resource'] as JsonObject | undefined)?.[type] as JsonObject | undefined)?.[name];
  if ((declared as JsonObject | undefined)?.['for_each'] !== undefined) return [];
  if (ours.movedFrom.some((from) => from.startsWith(`${address}[`))) return [];
  return [
    `${path}:${block.line.toString()}: "${address}" has for_each, but the generated resource has no instances, so Terraform would destroy the existing ones; give each instance a moved block`,
  ];
}

export const hasArgument = (block: HclBlock, name: string): boolean =>
  block.node.namedChildren
    .find((child) => child.type === 'body')
    ?.namedChildren.some((child) => child.type === 'attribute' && child.namedChildren[0]?.text === name) ===
  true;
