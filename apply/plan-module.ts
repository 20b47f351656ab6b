import { setTimeout as sleep } from 'node:timers/promises';
import { planJson, plannedChanges, type PlannedChanges } from '../delivery/planned-changes';
import type { RootModule } from '../delivery/root-module';
import { terraformSaid } from '../delivery/terraform-said';
import type { Ran } from '../terminal/run';
import { terraformFault } from './terraform-fault';
import { judgePlan, type Verdict } from './verdict';

/** A saved plan, or why there is none. */
export type Planned =
  | { readonly verdict: Verdict; readonly changes: PlannedChanges }
  | { readonly fault: 'locked' | 'failed'; readonly says: string };

/** Attempts in all, and how long the first pause is; each is twice as long as the one before. */
export interface Patience {
  readonly attempts: number;
  readonly pauseMs: number;
}

export const patience: Patience = { attempts: 3, pauseMs: 10_000 };

/** Plans one module into a file and reads back what Terraform wrote there. */
export async function planModule(module: RootModule, file: string, wait: Patience): Promise<Planned> {
  const ran = await patiently(() => module.plan(file), wait);
  if (ran.code !== 0) return faultOf(ran);
  const shown = await module.show(file);
  if (shown.code !== 0) return faultOf(shown);
  try {
    const plan = planJson(shown.stdout);
    return { verdict: judgePlan(plan), changes: plannedChanges(plan) };
  } catch (error) {
    return { fault: 'failed', says: error instanceof Error ? error.message : String(error) };
  }
}

/** The same again while its fault is one that passes, and as long as `mayRepeat` sees that nothing was begun. */
export async function patiently(
  work: () => Promise<Ran>,
  { attempts, pauseMs }: Patience,
  mayRepeat: (ran: Ran) => boolean = () => true,
): Promise<Ran> {
  for (let attempt = 1; ; attempt += 1) {
    const ran = await work();
    const passes = ran.code !== 0 && terraformFault(ran) === 'transient' && mayRepeat(ran);
    if (!passes || attempt >= attempts) return ran;
    await sleep(pauseMs * 2 ** (attempt - 1));
  }
}

function faultOf(ran: Ran): Planned {
  return terraformFault(ran) === 'locked'
    ? { fault: 'locked', says: 'its state is locked by somebody else; the next run looks again' }
    : { fault: 'failed', says: `Terraform could not plan it, got ${terraformSaid(ran).join(' | ')}` };
}
