import type { ContainerdMajor } from '../cloud-init/containerd-config';
import type { Activation } from './activation';
import { blockingBudgets } from './budgets';
import type { Check } from './machine-check';
import type { SshAccess } from './machine-command';
import { Refused } from '../steps/refused';
import type { Target } from '../steps/step';
import type { MachineStep } from './machine-step';
import { planNode } from './node-plan';
import { containerdMajorOf, type Node } from './node';
import { readDisruption, readNodes } from './read-cluster';
import type { ResolvedMachine } from './resolved-machine';
import type { Run } from './run-command';
import { surveyMachine } from './survey-machine';

export interface NodesProps {
  /** What a node holds, by the containerd that it runs. */
  readonly machineOf: (containerdMajor: ContainerdMajor) => ResolvedMachine;
  readonly activation: Activation;
  readonly checksOf: (containerdMajor: ContainerdMajor) => readonly Check[];
  readonly access: SshAccess;
  readonly drainTimeoutSeconds: number;
  /** Nodes to look at. @default every node of the cluster */
  readonly only?: readonly string[];
  /** The node to begin at, in the order of the rollout. @default the first */
  readonly from?: string | undefined;
  readonly run: Run;
}

/** Looks at every node asked for, changing nothing, and plans each. @throws {@link Refused} with every fault of every node */
export async function surveyNodes(props: NodesProps): Promise<readonly Target<MachineStep>[]> {
  const nodes = chosen(await readNodes(props.run), props);
  const surveyed = await Promise.all(nodes.map((node) => surveyNode(node, props)));
  const faults = surveyed.flatMap((each) => each.faults);
  const { pods, budgets } = surveyed.some(({ needsDrain }) => needsDrain)
    ? await readDisruption(props.run)
    : { pods: [], budgets: [] };
  const targets = surveyed.map(({ name, steps, notes, needsDrain }) => {
    const blocking = needsDrain ? blockingBudgets(name, pods, budgets) : [];
    for (const { budget, pod, never } of blocking)
      if (never !== undefined)
        faults.push(
          `${name}: PodDisruptionBudget "${budget}" never lets pod "${pod}" go, got ${never}; relax it for the time of the rollout`,
        );
    const stops = blocking.map(
      ({ budget, pod }) => `PodDisruptionBudget "${budget}" allows no eviction now and covers pod "${pod}"`,
    );
    return { name, steps, notes: [...notes, ...stops] };
  });
  if (faults.length > 0) throw new Refused(faults);
  return targets;
}

async function surveyNode(
  node: Node,
  props: NodesProps,
): Promise<Target<MachineStep> & { readonly faults: readonly string[]; readonly needsDrain: boolean }> {
  const { name, cordon, notReady } = node;
  const containerdMajor = containerdMajorOf(node);
  if (containerdMajor === undefined)
    return {
      ...{ name, steps: [], notes: [], needsDrain: false },
      faults: [
        `${name}: it runs no containerd of version 1 or 2, got "${node.runtime}"; name the other nodes with --only`,
      ],
    };
  const machine = props.machineOf(containerdMajor);
  const checks = props.checksOf(containerdMajor);
  const mustVerify = cordon === 'ours';
  const { plan, faults } = await surveyMachine({ ...props, machine, checks, name, host: name, mustVerify });
  // A node that this rollout left unfinished may be down because of it.
  const unfit = notReady !== undefined && cordon !== 'ours' && plan.steps.length > 0;
  return {
    name,
    steps: planNode(node, plan, props.drainTimeoutSeconds),
    needsDrain: plan.needsDrain,
    notes: cordon === 'foreign' ? ['cordoned by somebody else; it stays cordoned'] : [],
    faults: [
      ...faults,
      ...(unfit
        ? [
            `${name}: it is not Ready, got "${notReady}"; repair it first, or name the other nodes with --only`,
          ]
        : []),
    ],
  };
}

function chosen(
  nodes: readonly Node[],
  { only = [], from }: Pick<NodesProps, 'only' | 'from'>,
): readonly Node[] {
  const names = nodes.map(({ name }) => name);
  const known = names.map((name) => `"${name}"`).join(', ');
  const faults = [
    ...(nodes.length === 0
      ? ['cluster: it has no nodes, got none; set KUBECONFIG to the right cluster']
      : []),
    ...only
      .filter((name) => !names.includes(name))
      .map((name) => `--only: no such node, got "${name}"; the cluster has ${known}`),
    ...(from === undefined || names.includes(from)
      ? []
      : [`--from: no such node any more, got "${from}"; leave it out or begin at one of ${known}`]),
    ...(from !== undefined && only.length > 0 && !only.includes(from)
      ? [`--from: it is not among those of --only, got "${from}"; name it there too`]
      : []),
  ];
  if (faults.length > 0) throw new Refused(faults);
  const wanted = only.length === 0 ? nodes : nodes.filter(({ name }) => only.includes(name));
  return from === undefined ? wanted : wanted.slice(wanted.findIndex(({ name }) => name === from));
}
