import type { ContainerdMajor } from '../cloud-init/containerd-config';
import type { ManagedMachine } from '../cloud-init/managed-file';
import type { Work } from '../steps/work';
import type { Activation } from './activation';
import { applyMachine, surveyAlone } from './apply-machine';
import { applyNodes } from './apply-nodes';
import { mirrorChecks, type Check } from './machine-check';
import type { SshAccess } from './machine-command';
import { Refused } from '../steps/refused';
import type { LeaseProps } from './lease';
import { stepDetails, type MachineStep } from './machine-step';
import { descriptionFaults } from './machine-faults';
import { pullChecks, type PullSecret } from './pull-secret';
import { resolveMachine, type ResolvedMachine } from './resolved-machine';
import type { Run } from './run-command';
import { surveyNodes } from './survey-nodes';
import { readSecrets, type OpenVault } from './vault-secrets';

const vmName = 'registry-vm';

export interface RolloutProps {
  /** What every node of the cluster holds, and what it must be able to pull. */
  readonly nodes: {
    readonly machineOf: (containerdMajor: ContainerdMajor) => ManagedMachine;
    readonly activation: Activation;
    readonly pulls: readonly string[];
    readonly pullSecret: PullSecret;
    readonly user: string;
  };
  /** @default there is none */
  readonly vm?: {
    readonly host: string;
    readonly user: string;
    readonly machine: ManagedMachine;
    readonly activation: Activation;
    readonly checks: readonly Check[];
  };
  readonly vault: OpenVault;
  readonly run: Run;
  readonly lease: Omit<LeaseProps, 'run'>;
  readonly signal: AbortSignal;
  readonly out: (text: string) => void;
}

export interface Choice {
  readonly only: readonly string[];
  /** The node to begin at. @default the first */
  readonly from?: string | undefined;
  readonly access: { readonly [Name in keyof SshAccess]?: SshAccess[Name] | undefined };
  readonly drainTimeoutSeconds: number;
}

/** Prepares a rollout of nodes or of the registry VM. @throws {@link Refused} when description, secret or choice is wrong */
export async function prepareRollout(props: RolloutProps, choice: Choice): Promise<Work<MachineStep>> {
  return choice.only.includes(vmName) ? theVm(props, choice) : theNodes(props, choice);
}

async function theNodes(
  { nodes: { machineOf, pulls, pullSecret, activation, user }, ...props }: RolloutProps,
  choice: Choice,
): Promise<Work<MachineStep>> {
  const machines = {
    1: await described('node', machineOf(1), props.vault),
    2: await described('node', machineOf(2), props.vault),
  };
  const pulled = await pullChecks(props.run, pullSecret, pulls);
  const secrets = [
    ...Object.values(machines).flatMap((machine) => machine.secrets),
    ...pulled.flatMap((check) => (check.kind === 'pull' ? [check.credentials.password] : [])),
  ];
  const survey = {
    ...choice,
    access: { ...choice.access, user: choice.access.user ?? user },
    run: props.run,
    machineOf: (major: ContainerdMajor) => machines[major],
    activation,
    checksOf: (major: ContainerdMajor) => [...mirrorChecks(machineOf(major)), ...pulled],
  };
  return {
    detailsOf: stepDetails,
    survey: () => surveyNodes(survey),
    apply: () => applyNodes({ ...props, ...survey, secrets }),
  };
}

async function theVm(
  { vm, ...props }: RolloutProps,
  { access, only, from }: Choice,
): Promise<Work<MachineStep>> {
  if (only.length > 1 || from !== undefined)
    throw new Refused([
      `--only: the registry VM goes alone, got "${[...only, ...(from === undefined ? [] : [from])].join('", "')}"; name the nodes in a run of their own`,
    ]);
  if (vm === undefined)
    throw new Refused([
      `--only: the estate has no registry VM, got "${vmName}"; name nodes, or describe the machine in estate/registry-vm.ts`,
    ]);
  const machine = await described(vmName, vm.machine, props.vault);
  const survey = {
    ...vm,
    name: vmName,
    machine,
    access: { ...access, user: access.user ?? vm.user },
    run: props.run,
  };
  return {
    detailsOf: stepDetails,
    survey: async () => [await surveyAlone(survey)],
    apply: () => applyMachine({ ...props, ...survey }),
  };
}

async function described(where: string, machine: ManagedMachine, vault: OpenVault): Promise<ResolvedMachine> {
  const faults = descriptionFaults(where, machine);
  if (faults.length > 0) throw new Refused(faults);
  return resolveMachine(machine, await readSecrets(machine, vault));
}
