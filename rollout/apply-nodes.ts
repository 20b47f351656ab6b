import { blockingBudgets } from './budgets';
import { inTurn } from '../steps/perform';
import { acquireLease, type LeaseProps } from './lease';
import { performMachine } from './perform-machine';
import { readDisruption } from './read-cluster';
import { surveyNodes, type NodesProps } from './survey-nodes';

export interface ApplyNodesProps extends NodesProps {
  readonly lease: Omit<LeaseProps, 'run'>;
  /** Kept out of every message. */
  readonly secrets: readonly string[];
  /** Ends the rollout between two steps. */
  readonly signal: AbortSignal;
  readonly out: (text: string) => void;
}

/** Brings nodes to their description one at a time; returns how many changed. @throws `Refused`, `Stopped` at a failure */
export async function applyNodes(props: ApplyNodesProps): Promise<number> {
  const { run, secrets, signal, out } = props;
  const names = (await surveyNodes(props)).filter(({ steps }) => steps.length > 0).map(({ name }) => name);
  if (names.length === 0) return 0;
  const lease = await acquireLease({ ...props.lease, run });
  // Steps may take longer than the lease lasts; a loss is noticed before the next step.
  const renewal = setInterval(() => void lease.renew().catch(() => undefined), 60_000);
  try {
    await inTurn(names, async (name) => {
      const { from, ...others } = props;
      for (const target of await surveyNodes({ ...others, only: [name] }))
        await performMachine(target, {
          ...{ run, secrets, signal, out },
          explainDrain: () => explainDrain(props, name),
          before: () => lease.renew(),
        });
    });
  } finally {
    clearInterval(renewal);
    await lease.release();
  }
  return names.length;
}

async function explainDrain(
  { run }: Pick<ApplyNodesProps, 'run'>,
  name: string,
): Promise<string | undefined> {
  const { pods, budgets } = await readDisruption(run).catch(() => ({ pods: [], budgets: [] }));
  const blocking = blockingBudgets(name, pods, budgets);
  return blocking.length === 0
    ? undefined
    : blocking
        .map(({ budget, pod }) => `PodDisruptionBudget "${budget}" does not let pod "${pod}" go`)
        .join(', ');
}
