import { ForgejoAdministration } from '../clients/forgejo/administration';
import type { Estate } from '../estate/estate';
import type { Run } from '../rollout/run-command';
import { Stopped } from '../steps/perform';
import { together } from '../steps/refused';
import { exit, type ExitCode } from '../terminal/exit-codes';
import type { Terminal } from '../terminal/terminal';
import { applyBootstrap, surveyBootstrap, type BootstrapProps } from './bootstrap';
import { byHand } from './by-hand';
import { describeStep, planTable } from './describe';
import { desiredCredentials } from './of-estate';
import { administratorOf, vaultOf } from './operator';
import { withPodAdministrator } from './pod-command-line';

export interface RunBootstrapProps {
  readonly estate: Estate;
  /** Forgejo's address from here. */
  readonly url: string;
  readonly rotate: readonly string[];
  /** Whether the administrator is made through the pod, or the environment's. */
  readonly throughPod: boolean;
  /** How `kubectl` is run. */
  readonly run: Run;
  /** @default Vault's clock */
  readonly now?: () => number;
  /** Of Vault's KV engine. */
  readonly mount: string;
}

/** A bootstrap for a person: what it found, and what it would do or has done, as a table. */
export async function runBootstrap(
  verb: 'plan' | 'apply',
  { estate, url, rotate, throughPod, run, mount, ...clock }: RunBootstrapProps,
  terminal: Terminal,
): Promise<ExitCode> {
  const desired = desiredCredentials(estate);
  const [vault, administrator] = together(
    () => vaultOf(estate, terminal.environment, mount),
    () => (throughPod ? undefined : administratorOf(terminal.environment)),
  );
  const as = (login: ReturnType<typeof administratorOf>): Promise<ExitCode> => {
    const forgejo = new ForgejoAdministration({ url, ...login });
    const stays = { administratorStays: !throughPod, byHand: byHand(desired) };
    const props = { desired, vault, forgejo, rotate, ...clock, ...stays };
    return verb === 'plan' ? plan(props, terminal) : apply(props, terminal);
  };
  return administrator === undefined ? withPodAdministrator(estate, run, as) : as(administrator);
}

async function plan(props: BootstrapProps, { out }: Terminal): Promise<ExitCode> {
  const planned = await surveyBootstrap(props);
  out(planTable(planned));
  return planned.steps.length === 0 ? exit.done : exit.found;
}

/** @throws {@link Stopped} */
async function apply(props: BootstrapProps, { out, err }: Terminal): Promise<ExitCode> {
  const planned = await surveyBootstrap(props);
  const { steps } = planned;
  let begun = 0;
  try {
    await applyBootstrap(props, planned, (step, index) => {
      begun = index;
      err(`[${index + 1}/${steps.length}] ${describeStep(step)}\n`);
    });
  } catch (error) {
    out(planTable(planned, begun));
    const why = error instanceof Error ? error.message : String(error);
    throw new Stopped(`${why}\nwhat was begun is found, and put right, when it is run again`);
  }
  out(planTable(planned, steps.length));
  return exit.done;
}
