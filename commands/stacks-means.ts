import { join, resolve } from 'node:path';
import { openCheckout, type Checkout } from '../apply/checkout';
import { everyStack } from '../apply/every-stack';
import { Ledger } from '../apply/ledger';
import { patience, type Patience } from '../apply/plan-module';
import type { Stack } from '../apply/stack';
import { stacksOfSynthesis } from '../apply/stacks-of-synthesis';
import { stacksOfTree } from '../apply/stacks-of-tree';
import { vaultOf } from '../credentials/operator';
import type { Deliverable } from '../delivery/deliverable';
import { deliverablesOfTheEstate } from '../delivery/of-estate';
import { rootModule, type RootModule } from '../delivery/root-module';
import type { Estate } from '../estate/estate';
import { validateEstate } from '../estate/validate';
import { synthesize } from '../stacks/synthesize';
import { Refused } from '../steps/refused';
import type { Terminal } from '../terminal/terminal';
import { untilTold } from '../terminal/until-told';

/** What the commands stand on; a test has its own. */
export interface StacksMeans {
  readonly deliverables: () => readonly Deliverable[];
  readonly ledger: (estate: Estate, environment: Terminal['environment']) => Ledger;
  readonly wait: Patience;
  readonly now: () => number;
  /** Ends what runs; it gives its lock back. */
  readonly signal: () => AbortSignal;
}

export const meansOfStacks: StacksMeans = {
  deliverables: deliverablesOfTheEstate,
  ledger: (estate, environment) =>
    new Ledger(vaultOf(estate, environment, 'secret'), estate.stacks.appliedRecord),
  wait: patience,
  now: Date.now,
  signal: untilTold,
};

/** Everything that one command works on, in the form that the estate has in force. */
export interface StacksAtWork<S extends Partial<Stack> = Stack> {
  readonly checkout: Checkout;
  readonly stacks: readonly S[];
  readonly signal: AbortSignal;
}

export async function stacksAtWork(
  estate: Estate,
  tree: string | undefined,
  environment: Terminal['environment'],
  { deliverables, signal: told }: StacksMeans,
): Promise<StacksAtWork> {
  const { form, tier0: byHand } = estate.stacks;
  const signal = told();
  const moduleIn = (folder: string): RootModule => rootModule(folder, environment, { form, signal });
  const by = { byHand, moduleIn };
  if (form === 'terragrunt') {
    const checkout = openCheckout(rootOf(tree));
    return { checkout, signal, stacks: await stacksOfTree(checkout, deliverables(), by) };
  }
  const project = join(__dirname, '..');
  const outdir = join(project, 'cdktf.out');
  const checkout = openCheckout(project);
  const synthesized = synthesize(validateEstate(estate), outdir);
  return { checkout, signal, stacks: stacksOfSynthesis(checkout, synthesized, outdir, by) };
}

/** Every stack of the tree that they are delivered into. */
export async function everyStackAtWork(
  estate: Estate,
  tree: string | undefined,
  environment: Terminal['environment'],
  means: StacksMeans,
): Promise<StacksAtWork<Pick<Stack, 'name' | 'hash' | 'module'>>> {
  if (estate.stacks.form === 'cdktf') return stacksAtWork(estate, tree, environment, means);
  const signal = means.signal();
  const checkout = openCheckout(rootOf(tree));
  const stacks = everyStack(checkout, (folder) => rootModule(folder, environment, { signal }));
  return { checkout, signal, stacks };
}

function rootOf(tree: string | undefined): string {
  if (tree !== undefined) return resolve(tree);
  throw new Refused(['--tree: is missing, got none; name the tree that the estate is delivered into']);
}
