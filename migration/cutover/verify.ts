import { within, type Cluster } from '../../rollout/kubectl';
import { pullByCanary } from './canary';
import { labelOf } from './consumers';
import type { Move } from './plan';
import { isRolling, podsOf } from './rollout';
import { pulledBy, runningOf } from './running-pod';

/**
 * Sees that every pod runs one of the expected digests, and that a node pulled it by the new reference: a node that had the
 * image says "already present", and so has proved nothing of the registry. Where no pod ran, or none was pulled, a canary is.
 */
export async function verify(move: Move, cluster: Cluster, seconds: number): Promise<string> {
  const { consumer, after, digests } = move;
  const pods = isRolling(consumer)
    ? await within(seconds, `the containers of ${labelOf(consumer)}`, async () => {
        // One that somebody has just started again says of no image yet.
        const seen = await podsOf(move, cluster);
        const isSaid = seen.every((pod) => runningOf(pod, after).every(({ digest }) => digest !== ''));
        return isSaid ? seen : undefined;
      })
    : [];
  const wrong = pods.flatMap((pod) =>
    runningOf(pod, after)
      .filter(({ digest }) => !digests.expected.includes(digest))
      .map(({ name, digest }) => `${pod.metadata.name}/${name} runs "${digest}"`),
  );
  if (wrong.length > 0)
    throw new Error(
      `${labelOf(consumer)}: runs another image, got ${wrong.join(', ')}, expected "${digests.expected[0] ?? ''}"; look at what pushes this tag`,
    );
  for (const pod of pods) {
    const pulled = await pulledBy(consumer.namespace, pod, after, cluster);
    if (pulled !== undefined) return `${pods.length} pods on ${digests.expected[0] ?? ''}; ${pulled}`;
  }
  const canary = await pullByCanary(move, cluster, seconds);
  if (!digests.expected.includes(canary.digest))
    throw new Error(
      `${labelOf(consumer)}: a canary got another image, got "${canary.digest}", expected "${digests.expected[0] ?? ''}"; look at what pushes this tag`,
    );
  return `${pods.length === 0 ? 'no pod runs it now' : `${pods.length} pods had it already`}; canary on ${canary.digest}: ${canary.said}`;
}
