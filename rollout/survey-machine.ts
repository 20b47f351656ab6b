import type { Activation } from './activation';
import type { Check } from './machine-check';
import type { SshAccess } from './machine-command';
import { said } from '../terminal/said';
import { standingFaults } from './machine-faults';
import { planMachine, type MachinePlan } from './machine-plan';
import { observeCommand, parseObservation } from './observation';
import type { ResolvedMachine } from './resolved-machine';
import type { Ran } from '../terminal/run';
import type { Run } from './run-command';

export interface SurveyProps {
  readonly name: string;
  /** What ssh dials. */
  readonly host: string;
  readonly machine: ResolvedMachine;
  readonly activation: Activation;
  readonly checks: readonly Check[];
  readonly access: SshAccess;
  readonly run: Run;
  /** @default false */
  readonly mustVerify?: boolean;
}

/** Looks at one machine, changing nothing, and plans; or says why it cannot. */
export async function surveyMachine(
  props: SurveyProps,
): Promise<{ readonly plan: MachinePlan; readonly faults: readonly string[] }> {
  const { name, host, machine, access, run } = props;
  const ran = await run(observeCommand(access, host, machine));
  const observed = ran.code === 0 ? parseObservation(ran.stdout) : undefined;
  if (observed === undefined)
    return { plan: { steps: [], needsDrain: false }, faults: [unseen(name, access, ran)] };
  const plan = planMachine({ ...props, observed });
  return { plan, faults: standingFaults(name, machine, observed, plan.steps.length) };
}

function unseen(name: string, { user }: SshAccess, ran: Ran): string {
  const { code, stderr } = ran;
  if (/Host key verification failed|IDENTIFICATION HAS CHANGED|host key is known/i.test(stderr))
    return `${name}: its host key is not the known one, got ${said(ran)}; read it at the machine's own console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and record it in the known_hosts file`;
  if (/Permission denied/i.test(stderr) && code === 255)
    return `${name}: ssh is refused, got ${said(ran)}; load the key of "${user}" into the agent or name another login with --user`;
  if (code === 255)
    return `${name}: ssh does not reach it, got ${said(ran)}; start it, or tell ssh its address in a file given with --ssh-config`;
  if (/^sudo: /m.test(stderr))
    return `${name}: sudo is refused, got ${said(ran)}; let "${user}" run sudo without a password there`;
  if (code === 127 && stderr.includes('ENOENT'))
    return `ssh: is not on PATH, got ${said(ran)}; install the OpenSSH client`;
  return `${name}: it could not be looked at, got ${said(ran)}; run ssh to it by hand`;
}
