import { blockingBudgets } from './budgets';
import { RolloutRefused } from './fault';
import { acquireLease, type LeaseProps } from './lease';
import { perform, RolloutStopped } from './perform';
import { readDisruption } from './read-cluster';
import { surveyNodes, type NodesProps } from './survey-nodes';

export interface ApplyNodesProps<Effect extends string> extends NodesProps<Effect> {
  readonly lease: Omit<LeaseProps, 'run'>;
  /** Kept out of every message. */
  readonly secrets: readonly string[];
  /** Ends the rollout between two steps. */
  readonly signal: AbortSignal;
  readonly out: (text: string) => void;
}

/**
 * Brings nodes to their description one at a time, each looked at anew when its turn comes. Returns how many were changed.
 * @throws {@link RolloutRefused} before anything was begun, {@link RolloutStopped} at the first failure
 */
export async function applyNodes<Effect extends string>(props: ApplyNodesProps<Effect>): Promise<number> {
  const { run, secrets, signal, out } = props;
  const names = (await surveyNodes(props)).filter(({ steps }) => steps.length > 0).map(({ name }) => name);
  if (names.length === 0) return 0;
  const lease = await acquireLease({ ...props.lease, run });
  // Steps may take longer than the lease lasts; a loss is noticed before the next step.
  const renewal = setInterval(() => void lease.renew().catch(() => undefined), 60_000);
  try {
    for (const [at, name] of names.entries()) {
      const rest = names.slice(at + 1);
      try {
        const { from, ...others } = props;
        for (const target of await surveyNodes({ ...others, only: [name] })) {
          await perform(target, {
            run,
            secrets,
            out,
            explainDrain: () => explainDrain(props, name),
            before: async () => {
              if (signal.aborted) throw new Error('stopped by its operator');
              await lease.renew();
            },
          });
        }
      } catch (error) {
        throw withRest(error, name, rest);
      }
    }
  } finally {
    clearInterval(renewal);
    await lease.release();
  }
  return names.length;
}

function withRest(error: unknown, name: string, rest: readonly string[]): unknown {
  if (!(error instanceof RolloutStopped || error instanceof RolloutRefused)) return error;
  const untouched = rest.length === 0 ? [] : [`not begun: ${rest.join(', ')}`];
  return new RolloutStopped(name, [error.message, ...untouched].join('\n'));
}

async function explainDrain(
  { run }: Pick<ApplyNodesProps<string>, 'run'>,
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
