import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import type { ContainerdMajor } from '../cloud-init/containerd-config';
import { kubernetesNode } from '../cloud-init/kubernetes-node';
import type { ManagedMachine } from '../cloud-init/managed-file';
import { registryVm, vmEffectCommands } from '../cloud-init/registry-vm';
import { estate } from '../estate';
import { validateEstate } from '../estate/validate';
import type { Activation } from '../rollout/activation';
import { applyMachine, surveyAlone } from '../rollout/apply-machine';
import { applyNodes } from '../rollout/apply-nodes';
import { mirrorChecks, type Check } from '../rollout/check';
import type { SshAccess } from '../rollout/command';
import { RolloutRefused } from '../rollout/fault';
import type { LeaseProps } from '../rollout/lease';
import { descriptionFaults } from '../rollout/machine-faults';
import { RolloutStopped } from '../rollout/perform';
import { nodeActivation } from '../rollout/node-activation';
import { pullReferences } from '../rollout/pull-references';
import { pullChecks, type PullSecret } from '../rollout/pull-secret';
import { formatPlan } from '../rollout/report';
import { resolveMachine, type ResolvedMachine } from '../rollout/resolved-machine';
import { runProgram, type Run } from '../rollout/run';
import { shellLine } from '../rollout/shell';
import { surveyNodes } from '../rollout/survey-nodes';
import type { Target } from '../rollout/target';
import { vmAnswers } from '../rollout/vm-checks';
import { readSecrets, type VaultAccess } from '../rollout/vault';

const usage =
  'usage: npm run nodes -- plan|apply [--only <node>]… [--from <node>] [--user <login>] [--ssh-config <file>] [--known-hosts <file>] [--drain-timeout <seconds>]; --only registry-vm for the registry VM; KUBECONFIG, VAULT_ADDR and VAULT_TOKEN in the environment';

/** The name by which the registry VM is asked for. */
const vmName = 'registry-vm';

export interface NodesCommandProps<NodeEffect extends string, VmEffect extends string> {
  readonly args: readonly string[];
  /** What every node of the cluster holds, and what it must be able to pull. */
  readonly nodes: {
    readonly machineOf: (containerdMajor: ContainerdMajor) => ManagedMachine<NodeEffect>;
    readonly activation: Activation<NodeEffect>;
    readonly pulls: readonly string[];
    readonly pullSecret: PullSecret;
    /** The login on every node. */
    readonly user: string;
  };
  readonly vm: {
    readonly host: string;
    readonly user: string;
    readonly machine: ManagedMachine<VmEffect>;
    readonly activation: Activation<VmEffect>;
    readonly checks: readonly Check[];
  };
  readonly vault: VaultAccess;
  readonly run: Run;
  readonly lease: Omit<LeaseProps, 'run'>;
  readonly signal: AbortSignal;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

interface Arguments {
  readonly verb: 'plan' | 'apply';
  readonly only: readonly string[];
  readonly from?: string;
  readonly access: Partial<SshAccess>;
  readonly drainTimeoutSeconds: number;
}

/**
 * Shows what would bring machines to what the estate says, or does it. Returns the exit code: 0 nothing to do or done,
 * 1 a fault, 2 (of `plan`) something to do, as `terraform plan -detailed-exitcode` has them.
 */
export async function nodes<NodeEffect extends string, VmEffect extends string>(
  props: NodesCommandProps<NodeEffect, VmEffect>,
): Promise<0 | 1 | 2> {
  const { args, out, err } = props;
  try {
    const parsed = parse(args);
    const chosen = parsed.only.includes(vmName) ? await theVm(props, parsed) : await theNodes(props, parsed);
    if (parsed.verb === 'plan') {
      const targets = await chosen.survey();
      out(formatPlan(targets));
      return targets.every(({ steps }) => steps.length === 0) ? 0 : 2;
    }
    const changed = await chosen.apply();
    out(changed === 0 ? 'nothing to do\n' : `done: ${changed === 1 ? '1 machine' : `${changed} machines`}\n`);
    return 0;
  } catch (error) {
    if (error instanceof RolloutRefused) err(`${error.message}\nnothing was changed\n`);
    else if (error instanceof RolloutStopped)
      err(`${error.message}\nthen: ${resumption(args, error.target)}\n`);
    else throw error;
    return 1;
  }
}

/** One kind of machine, ready to be looked at or changed. */
interface Chosen {
  readonly survey: () => Promise<readonly Target[]>;
  readonly apply: () => Promise<number>;
}

async function theNodes<NodeEffect extends string, VmEffect extends string>(
  {
    nodes: { machineOf, pulls, pullSecret, activation, user },
    ...props
  }: NodesCommandProps<NodeEffect, VmEffect>,
  { verb, ...parsed }: Arguments,
): Promise<Chosen> {
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
    ...parsed,
    access: { user, ...parsed.access },
    run: props.run,
    machineOf: (major: ContainerdMajor) => machines[major],
    activation,
    checksOf: (major: ContainerdMajor) => [...mirrorChecks(machineOf(major)), ...pulled],
  };
  return {
    survey: () => surveyNodes(survey),
    apply: () => applyNodes({ ...props, ...survey, secrets }),
  };
}

async function theVm<NodeEffect extends string, VmEffect extends string>(
  { vm, ...props }: NodesCommandProps<NodeEffect, VmEffect>,
  { access, only, from }: Arguments,
): Promise<Chosen> {
  if (only.length > 1 || from !== undefined)
    throw new RolloutRefused([
      `--only: the registry VM goes alone, got "${[...only, ...(from === undefined ? [] : [from])].join('", "')}"; name the nodes in a run of their own`,
    ]);
  const machine = await described(vmName, vm.machine, props.vault);
  const survey = { ...vm, name: vmName, machine, access: { user: vm.user, ...access }, run: props.run };
  return {
    survey: async () => [await surveyAlone(survey)],
    apply: () => applyMachine({ ...props, ...survey }),
  };
}

async function described<Effect extends string>(
  where: string,
  machine: ManagedMachine<Effect>,
  vault: VaultAccess,
): Promise<ResolvedMachine<Effect>> {
  const faults = descriptionFaults(where, machine);
  if (faults.length > 0) throw new RolloutRefused(faults);
  return resolveMachine(machine, await readSecrets(machine, vault));
}

function parse(args: readonly string[]): Arguments {
  const refuse = (fault: string): never => {
    throw new RolloutRefused([`${fault}; ${usage}`]);
  };
  const { values, positionals } = ((): ReturnType<typeof parseStrictly> => {
    try {
      return parseStrictly(args);
    } catch (error) {
      return refuse(`nodes: wrong arguments, got "${(error as Error).message.split('\n')[0] ?? ''}"`);
    }
  })();
  const [verb, ...rest] = positionals;
  if ((verb !== 'plan' && verb !== 'apply') || rest.length > 0)
    return refuse(`nodes: one of "plan" and "apply" is expected, got "${positionals.join(' ')}"`);
  const seconds = Number(values['drain-timeout']);
  if (!Number.isInteger(seconds) || seconds < 1)
    return refuse(`--drain-timeout: is no number of seconds, got "${values['drain-timeout']}"`);
  const { only, from, user } = values;
  return {
    verb,
    only,
    ...(from === undefined ? {} : { from }),
    access: {
      ...(user === undefined ? {} : { user }),
      ...(values['known-hosts'] === undefined ? {} : { knownHosts: values['known-hosts'] }),
      ...(values['ssh-config'] === undefined ? {} : { configFile: values['ssh-config'] }),
    },
    drainTimeoutSeconds: seconds,
  };
}

function parseStrictly(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      from: { type: 'string' },
      user: { type: 'string' },
      'ssh-config': { type: 'string' },
      'known-hosts': { type: 'string' },
      'drain-timeout': { type: 'string', default: '600' },
    },
  });
}

/** The same command, beginning at the machine that failed. */
function resumption(args: readonly string[], target: string): string {
  const from = args.findIndex((arg) => arg === '--from' || arg.startsWith('--from='));
  const width = args[from] === '--from' ? 2 : 1;
  const kept = from === -1 ? args : [...args.slice(0, from), ...args.slice(from + width)];
  return shellLine(['npm', 'run', 'nodes', '--', ...kept, ...(target === vmName ? [] : ['--from', target])]);
}

async function main(): Promise<void> {
  const whole = validateEstate(estate);
  const { VAULT_ADDR: address, VAULT_TOKEN: token } = process.env;
  const interrupted = new AbortController();
  // The first Ctrl-C ends the rollout after the running step, the second at once.
  process.once('SIGINT', () => {
    interrupted.abort();
  });
  process.exitCode = await nodes({
    args: process.argv.slice(2),
    nodes: {
      machineOf: (containerdMajor) => kubernetesNode(whole, containerdMajor),
      activation: nodeActivation,
      pulls: pullReferences(whole),
      pullSecret: { namespace: whole.kyverno.namespace, name: whole.kyverno.pullSecretName },
      user: whole.nodes.admin.name,
    },
    vm: {
      host: whole.hosts.registryVmName,
      user: whole.registryVm.ssh.user,
      machine: registryVm(whole),
      activation: { commands: (effects) => vmEffectCommands(whole, effects), needsDrain: () => false },
      checks: vmAnswers(whole),
    },
    vault: { ...(address === undefined ? {} : { address }), ...(token === undefined ? {} : { token }) },
    run: runProgram,
    lease: { host: hostname(), pid: process.pid, now: () => new Date(), isRunning },
    signal: interrupted.signal,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

if (require.main === module)
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
