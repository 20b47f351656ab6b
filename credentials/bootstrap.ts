import type { ForgejoAdministration } from '../clients/forgejo/administration';
import type { VaultKv } from '../clients/vault/kv';
import { Refused } from '../steps/refused';
import { planBootstrap, type BootstrapPlan, type BootstrapStep } from './bootstrap-plan';
import type { Desired } from './desired';
import { observe } from './observe';
import { performStep } from './perform-step';

export interface BootstrapProps {
  readonly desired: Desired;
  readonly forgejo: ForgejoAdministration;
  readonly vault: VaultKv;
  /** Names of tokens to issue anew, though they work. @default none */
  readonly rotate?: readonly string[];
  /** Whether the administrator stays, and may so own an organization. @default true */
  readonly administratorStays?: boolean;
  /** What is left to do where no administrator is let in, one line each. @default nothing */
  readonly byHand?: readonly string[];
  /** @default Vault's clock: two people's may differ */
  readonly now?: () => number | Promise<number>;
}

/** What is to be done, from what Forgejo and Vault hold now. @throws {@link Refused} */
export async function surveyBootstrap({
  desired,
  forgejo,
  vault,
  rotate = [],
  administratorStays = true,
  byHand = [],
  now = () => vault.nowMs(),
}: BootstrapProps): Promise<BootstrapPlan> {
  const refusal = await forgejo.refusal();
  const faults = [
    ...(refusal === undefined ? [] : [refusal.why]),
    ...(refusal?.ofLogin === true ? byHand : []),
    ...(await vault.faults()),
  ];
  if (faults.length > 0) throw new Refused(faults);
  const options = { nowMs: await now(), rotate, administratorStays };
  const plan = planBootstrap(desired, await observe(desired, forgejo, vault), options);
  if (plan.faults.length > 0) throw new Refused(plan.faults);
  return plan;
}

/**
 * Carries the plan out, one step after the other, and tells of each before it begins. It may be ended at any moment:
 * the next plan finds what is left.
 * @throws the error of the first step that fails; what was done by then stays
 */
export async function applyBootstrap(
  props: BootstrapProps,
  plan: BootstrapPlan,
  tell: (step: BootstrapStep, index: number) => void,
): Promise<void> {
  const { desired, forgejo, vault, now = () => vault.nowMs() } = props;
  for (const [index, step] of plan.steps.entries()) {
    tell(step, index);
    await performStep(step, { desired, forgejo, vault, nowMs: await now() });
  }
}
