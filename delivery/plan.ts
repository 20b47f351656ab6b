import type { ParseHcl } from '../hcl/read';
import type { StackPlan } from './change';
import type { Deliverable, ImageRefs } from './deliverable';
import { collectFaults } from './collect-faults';
import { planDocuments } from './documents';
import { planFiles } from './files';
import { planImageRefs } from './image-refs';
import { leftSpellings } from './left-spellings';
import { planPipelineImages } from './pipeline-images';
import { planStack } from './stack-plan';
import { withChanges, type Tree } from './tree';

export interface DeliveryPlan {
  readonly stacks: readonly StackPlan[];
  /** Why nothing may be written; empty when all is well. */
  readonly faults: readonly string[];
}

/** Decides everything before anything is written, and collects the faults of every stack. */
export async function planDelivery(
  tree: Tree,
  deliverables: readonly Deliverable[],
  parse: ParseHcl,
): Promise<DeliveryPlan> {
  const faults: string[] = [];
  const stacks: StackPlan[] = [];
  let sofar = tree;
  for (const deliverable of deliverables) {
    const plan = await collectFaults(faults, () => planOne(sofar, deliverable, parse));
    if (plan === undefined) continue;
    stacks.push(plan);
    sofar = withChanges(sofar, plan.changes);
  }
  const refs = deliverables.filter((one): one is ImageRefs => one.kind === 'image-refs');
  for (const stack of new Set(refs.map((one) => one.stack))) {
    const own = refs.filter((one) => one.stack === stack);
    faults.push(...((await collectFaults(faults, () => leftSpellings(tree, stack, own, parse))) ?? []));
  }
  return { stacks, faults: [...new Set(faults)] };
}

function planOne(tree: Tree, deliverable: Deliverable, parse: ParseHcl): Promise<StackPlan> | StackPlan {
  switch (deliverable.kind) {
    case 'whole':
    case 'shared':
      return planStack(tree, deliverable, parse);
    case 'image-refs':
      return planImageRefs(tree, deliverable, parse);
    case 'pipeline-images':
      return planPipelineImages(tree, deliverable);
    case 'files':
      return planFiles(tree, deliverable);
    case 'documents':
      return planDocuments(tree, deliverable);
  }
}
