import { argumentOf } from '../hcl/nodes';
import type { HclBlock, HclFile } from '../hcl/read';
import { bare, leavesModule, withoutKeys, type Ours } from './ours';

/** `moved` and `removed` blocks that stay and say of an address of ours that it is gone, or went elsewhere. */
export function contradicted(file: HclFile, ours: Ours): string[] {
  return file.blocks.filter(isPending).flatMap((block) => {
    const fault = contradiction(ours, block.type, endOf(block, 'from'), endOf(block, 'to'));
    return fault === undefined ? [] : [`${file.path}:${block.line}: ${fault}`];
  });
}

/** Blocks that tell Terraform once what becomes of an object of the state. */
export const isPending = ({ type }: HclBlock): boolean => type === 'moved' || type === 'removed';

export const endOf = ({ node }: HclBlock, side: 'from' | 'to'): string | undefined =>
  argumentOf(node, side)?.text;

/** Why a `moved`, `removed` or `import` block cannot stand beside the generated file, if it cannot. */
export function contradiction(ours: Ours, type: string, from?: string, to?: string): string | undefined {
  const [source, target] = [from, to].map((end) => (end === undefined ? '' : bare(end)));
  const [left = '', entered = ''] = [source, target].map((end = '') => withoutKeys(end));
  if (ours.addresses.has(entered) && target !== entered)
    return `${anA(type)} block names "${target ?? ''}", but the generated one has no keys, so Terraform would destroy that object; take the key away`;
  if (ours.addresses.has(left) && target !== left)
    return `${anA(type)} block says that "${source ?? ''}" is gone, but the generated file declares it; remove the block, or the resource from the estate`;
  if (type === 'import')
    return [...moduleOf(entered)].some((call) => leavesModule(ours, call))
      ? `an import block names "${target ?? ''}", whose module the delivery removes; name the address of the generated file, or remove the block`
      : undefined;
  const moved = [...ours.moved].find(
    ([ourFrom, ourTo]) =>
      (ourFrom === left && target !== ourTo) ||
      (type === 'moved' && (ourFrom.startsWith(`${left}.`) || (ourTo === target && ourFrom !== left))),
  );
  if (moved === undefined || left === '') return undefined;
  return `${anA(type)} block says where "${source ?? ''}" goes, and the generated file moves "${moved[0]}" to "${moved[1]}"; remove the block`;
}

const anA = (type: string): string => `a${type.startsWith('i') ? 'n' : ''} ${type}`;

/** The calls around an address, the outermost first. */
function* moduleOf(address: string): Generator<string> {
  for (const { index, 0: call } of address.matchAll(/(?<=^|\.)module\.[\w-]+/gu))
    yield address.slice(0, index + call.length);
}
