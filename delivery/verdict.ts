import { argumentOf } from '../hcl/nodes';
import type { HclBlock, HclFile, ParseHcl } from '../hcl/read';
import { uncarried } from './carried';
import type { JsonObject } from './deliverable';
import { moduleResources } from './module-call';
import { leavesModule, takesOver, type Ours } from './ours';
import { endOf, isPending } from './pending';
import { blockAt } from './resources';
import type { Tree } from './tree';

/** A whole stack, and what comes in its place. */
interface Judge {
  readonly tree: Tree;
  readonly files: readonly HclFile[];
  readonly ours: Ours;
  readonly body: JsonObject;
  readonly parse: ParseHcl;
}

/** `stays`: somebody else's. `goes`: ours now. `idle`: a variable, local or output that matters only to who refers to it. */
export type Verdict = 'goes' | 'stays' | 'idle';

export interface Judged {
  readonly verdict: Verdict;
  readonly notes: readonly string[];
  readonly faults: readonly string[];
}

/** Whether one block of a whole stack's HCL goes with the delivery. */
export async function judgeBlock(stack: Judge, file: HclFile, block: HclBlock): Promise<Judged> {
  const { ours, body } = stack;
  const is = (verdict: Verdict): Judged => ({ verdict, notes: [], faults: [] });
  switch (block.type) {
    case 'variable': {
      const address = block.declares[0]?.address ?? '';
      const hides = argumentOf(block.node, 'sensitive')?.text === 'true' && ours.addresses.has(address);
      const shown = `${file.path}:${block.line}: "${address}" is sensitive here and not in the generated file, so a plan prints it`;
      return {
        ...is(ours.addresses.has(address) ? 'goes' : 'idle'),
        notes: hides && blockAt(body, address)?.['sensitive'] === undefined ? [shown] : [],
      };
    }
    case 'locals':
    case 'output':
      return is(block.declares.some(({ address }) => ours.addresses.has(address)) ? 'goes' : 'idle');
    case 'resource':
    case 'data':
      return is(block.declares.every(({ address }) => takesOver(ours, address)) ? 'goes' : 'stays');
    case 'module':
      return judgeModule(stack, file, block);
    default:
      return is('stays');
  }
}

/** A module call goes when every resource that it surely has comes out of it by `moved`. */
async function judgeModule(
  { tree, files, ours, body, parse }: Judge,
  file: HclFile,
  block: HclBlock,
): Promise<Judged> {
  const { address = '' } = block.declares[0] ?? {};
  if (ours.addresses.has(address)) return { verdict: 'goes', notes: [], faults: [] };
  if (!leavesModule(ours, address)) return { verdict: 'stays', notes: [], faults: [] };
  const where = `${file.path}:${block.line}`;
  const all = await moduleResources(tree, file, block, parse);
  const resources = all.filter((one) => !isPending(one.block));
  const said = new Set([
    ...ours.movedFrom,
    ...files.flatMap(({ blocks }) => blocks.filter(isPending).map((one) => endOf(one, 'from'))),
  ]);
  const missing = resources.filter((resource) => !ours.moved.has(resource.address));
  return {
    verdict: 'goes',
    faults: [
      ...all
        .filter((one) => isPending(one.block) && !said.has(one.address))
        .map(
          (one) =>
            `${one.file.path}:${one.block.line}: a ${one.block.type} block names "${one.address}", and nobody reads it once the call goes, so what it names would be destroyed if it was never applied; write it as "${one.address}" in a file of its own in the stack's folder`,
        ),
      ...missing
        .filter(({ conditional }) => !conditional)
        .map(
          (resource) =>
            `${where}: "${resource.address}" would be destroyed, no moved block brings it out of "${address}"; declare it in the stack with a moved block`,
        ),
      ...resources
        .filter((resource) => ours.moved.has(resource.address))
        .flatMap((resource) => uncarried(resource.file, resource.block, body, ours, resource.address)),
    ],
    notes: missing
      .filter(({ conditional }) => conditional)
      .map(
        (resource) =>
          `${where}: "${resource.address}" has count or for_each and is not moved; right if it has no instance: the plan must destroy nothing`,
      ),
  };
}
