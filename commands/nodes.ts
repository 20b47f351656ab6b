import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { kubernetesNode, type NodeEffect } from '../cloud-init/kubernetes-node';
import { registryVm, vmEffectCommands, type VmEffect } from '../cloud-init/registry-vm';
import { estate } from '../estate';
import { readablePullSecret } from '../estate/derived/pull-secret';
import type { EstateWithVm } from '../estate/estate';
import { validateEstate } from '../estate/validate';
import { RolloutRefused } from '../rollout/fault';
import { nodeActivation } from '../rollout/node-activation';
import { RolloutStopped } from '../rollout/perform';
import { pullReferences } from '../rollout/pull-references';
import { formatPlan } from '../rollout/report';
import { prepareRollout, vmName, type Choice, type RolloutProps } from '../rollout/rollout';
import { runProgram } from '../rollout/run';
import { shellLine } from '../terminal/shell-line';
import { vmAnswers } from '../rollout/vm-checks';

const usage =
  'usage: npm run nodes -- plan|apply [--only <node>]… [--from <node>] [--user <login>] [--ssh-config <file>] [--known-hosts <file>] [--drain-timeout <seconds>]; --only registry-vm for the registry VM; KUBECONFIG, VAULT_ADDR and VAULT_TOKEN in the environment';

export interface NodesCommandProps<NodeEffect extends string, VmEffect extends string> extends RolloutProps<
  NodeEffect,
  VmEffect
> {
  readonly args: readonly string[];
  readonly err: (text: string) => void;
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
    const { verb, ...choice } = parse(args);
    const rollout = await prepareRollout(props, choice);
    if (verb === 'plan') {
      const targets = await rollout.survey();
      out(formatPlan(targets));
      return targets.every(({ steps }) => steps.length === 0) ? 0 : 2;
    }
    const changed = await rollout.apply();
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

function parse(args: readonly string[]): Choice & { readonly verb: 'plan' | 'apply' } {
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

/** What `nodes` needs to know of an estate. */
export function machinesOf(
  estate: EstateWithVm,
): Pick<NodesCommandProps<NodeEffect, VmEffect>, 'nodes' | 'vm'> {
  return {
    nodes: {
      machineOf: (containerdMajor) => kubernetesNode(estate, containerdMajor),
      activation: nodeActivation,
      pulls: pullReferences(estate),
      pullSecret: readablePullSecret(estate),
      user: estate.nodes.admin.name,
    },
    vm: {
      host: estate.registryVm.name,
      user: estate.registryVm.ssh.user,
      machine: registryVm(estate),
      activation: { commands: (effects) => vmEffectCommands(estate, effects), needsDrain: () => false },
      checks: vmAnswers(estate),
    },
  };
}

/** This process, with the programs of its PATH, and Ctrl-C: once to end after the running step, twice at once. */
export function thisProcess(): Omit<NodesCommandProps<NodeEffect, VmEffect>, 'nodes' | 'vm' | 'args'> {
  const { VAULT_ADDR: address, VAULT_TOKEN: token } = process.env;
  const interrupted = new AbortController();
  process.once('SIGINT', () => {
    interrupted.abort();
  });
  return {
    vault: { ...(address === undefined ? {} : { address }), ...(token === undefined ? {} : { token }) },
    run: runProgram,
    lease: { host: hostname(), pid: process.pid, now: () => new Date(), isRunning },
    signal: interrupted.signal,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

if (require.main === module)
  Promise.resolve()
    .then(() =>
      nodes({ args: process.argv.slice(2), ...machinesOf(validateEstate(estate)), ...thisProcess() }),
    )
    .then(
      (code) => {
        process.exitCode = code;
      },
      (error: unknown) => {
        console.error(error instanceof Error ? error.message : error);
        process.exitCode = 1;
      },
    );
