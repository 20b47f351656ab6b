import { ForgejoAdministration } from '../clients/forgejo/administration';
import type { Estate } from '../estate/estate';
import type { Run } from '../rollout/run-command';
import { Stopped } from '../steps/perform';
import { Refused, together } from '../steps/refused';
import { exit, type ExitCode } from '../terminal/exit-codes';
import type { Terminal } from '../terminal/terminal';
import { planBootstrap, type BootstrapPlan, type BootstrapOptions } from './bootstrap-plan';
import { byHand } from './by-hand';
import { describeStep, planTable } from './describe';
import { observe } from './observe';
import { desiredCredentials } from './of-estate';
import { administratorOf, vaultOf } from './operator';
import { performStep, type PerformProps } from './perform-step';
import { withPodAdministrator } from './pod-command-line';
import { observePullSecrets, type ObservedPullSecrets } from './preflight/pull-secrets';

export interface RunBootstrapProps {
  readonly estate: Estate;
  /** Forgejo's address from here. */
  readonly url: string;
  readonly rotate: readonly string[];
  /** Whether the administrator is made through the pod, or the environment's. */
  readonly throughPod: boolean;
  /** How `kubectl` is run. */
  readonly run: Run;
  /** @default Vault's clock: two people's may differ */
  readonly now?: () => number | Promise<number>;
  /** Of Vault's KV engine. */
  readonly mount: string;
}

type Means = Omit<PerformProps, 'nowMs'> & {
  readonly now: () => number | Promise<number>;
  readonly copies: () => Promise<ObservedPullSecrets>;
};

/** A bootstrap for a person: what it found, and what it would do or has done, as a table. @throws {@link Refused}, {@link Stopped} */
export async function runBootstrap(
  verb: 'plan' | 'apply',
  { estate, url, rotate, throughPod, run, mount, now }: RunBootstrapProps,
  terminal: Terminal,
): Promise<ExitCode> {
  const desired = desiredCredentials(estate);
  const [vault, administrator] = together(
    () => vaultOf(estate, terminal.environment, mount),
    () => (throughPod ? undefined : administratorOf(terminal.environment)),
  );
  const as = async (login: ReturnType<typeof administratorOf>): Promise<ExitCode> => {
    const forgejo = new ForgejoAdministration({ url, ...login });
    const copies = (): Promise<ObservedPullSecrets> => observePullSecrets(estate, run);
    const means = { desired, vault, forgejo, copies, now: now ?? (() => vault.nowMs()) };
    const plan = await survey(means, { rotate, administratorStays: !throughPod });
    if (verb === 'apply') return apply(means, plan, terminal);
    terminal.out(planTable(plan));
    return plan.steps.length === 0 ? exit.done : exit.found;
  };
  return administrator === undefined ? withPodAdministrator(estate, run, as) : as(administrator);
}

/** What is to be done, from what Forgejo and Vault hold now. */
async function survey(
  { desired, forgejo, vault, now, copies }: Means,
  options: Omit<BootstrapOptions, 'nowMs'>,
): Promise<BootstrapPlan> {
  const refusal = await forgejo.refusal();
  const faults = [
    ...(refusal === undefined ? [] : [refusal.why]),
    ...(refusal?.ofLogin === true ? byHand(desired) : []),
    ...(await vault.faults()),
  ];
  if (faults.length > 0) throw new Refused(faults);
  const nowMs = await now();
  const observed = await observe(desired, forgejo, vault, copies);
  const plan = planBootstrap(desired, observed, { ...options, nowMs });
  if (plan.faults.length > 0) throw new Refused(plan.faults);
  return plan;
}

/** One step after the other, each told of before it begins. It may be ended at any moment: the next plan finds what is left. */
async function apply(
  { now, ...means }: Means,
  plan: BootstrapPlan,
  { out, err }: Terminal,
): Promise<ExitCode> {
  let done = 0;
  try {
    for (const step of plan.steps) {
      err(`[${done + 1}/${plan.steps.length}] ${describeStep(step)}\n`);
      await performStep(step, { ...means, nowMs: await now() });
      done += 1;
    }
  } catch (error) {
    out(planTable(plan, done));
    const why = error instanceof Error ? error.message : String(error);
    throw new Stopped(`${why}\nwhat was begun is found, and put right, when it is run again`);
  }
  out(planTable(plan, done));
  return exit.done;
}
