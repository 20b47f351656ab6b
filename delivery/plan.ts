import type { Change, StackPlan } from './change';
import type { Deliverable } from './deliverable';
import { collectFaults } from './fault';
import { planFiles } from './files';
import type { ParseHcl } from './hcl';
import { planImageRefs } from './image-refs';
import { planSharedStack } from './shared-stack';
import type { Tree } from './tree';
import { planWholeStack } from './whole-stack';

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
  return { stacks, faults: [...new Set(faults)] };
}

function planOne(tree: Tree, deliverable: Deliverable, parse: ParseHcl): Promise<StackPlan> | StackPlan {
  switch (deliverable.kind) {
    case 'whole':
      return planWholeStack(tree, deliverable, parse);
    case 'shared':
      return planSharedStack(tree, deliverable, parse);
    case 'image-refs':
      return planImageRefs(tree, deliverable, parse);
    case 'files':
      return planFiles(tree, deliverable);
  }
}

/** The tree as it will be, so that two deliverables of one folder see each other. */
function withChanges(tree: Tree, changes: readonly Change[]): Tree {
  const after = new Map(changes.map((change) => [change.path, change.after]));
  return {
    read: (path) => (after.has(path) ? after.get(path) : tree.read(path)),
    list: (folder) => {
      const names = new Set(tree.list(folder));
      for (const [path, text] of after) {
        const name = path.slice(folder.length + 1);
        if (!path.startsWith(`${folder}/`) || name.includes('/')) continue;
        if (text === undefined) names.delete(name);
        else names.add(name);
      }
      return [...names].sort();
    },
  };
}
