import type { Estate } from '../../estate/estate';
import type { Cluster } from '../../rollout/kubectl';
import { within } from '../../rollout/kubectl';
import type { Consumer, Container, PodSpec } from './consumers';
import type { Move } from './plan';
import type { RunningPod } from './running-pod';

interface RollingObject {
  readonly metadata: { readonly generation: number };
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template?: {
      readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
    readonly jobTemplate?: { readonly spec: { readonly template: { readonly spec: PodSpec } } };
  };
  readonly status?: Readonly<Record<string, number | undefined>> & { readonly conditions?: never };
}

/** From which a pod does not come back by itself in any time worth waiting for. */
const hopeless = new Set([
  ...['ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'ImageInspectError'],
  ...['CreateContainerConfigError', 'CreateContainerError'],
]);
const maxRestarts = 3;
/** With it `kubectl rollout restart` makes a new template, whose pods have it too. */
const restartedAt = 'kubectl.kubernetes.io/restartedAt';

const read = async ({ kind, namespace, name }: Consumer, cluster: Cluster): Promise<RollingObject> =>
  JSON.parse(
    await cluster.kubectl(['get', kind.toLowerCase(), name, '-n', namespace, '-o', 'json']),
  ) as RollingObject;

/** Sees that the workload is told to run the reference; tells it where the estate says that Terraform does not. */
export async function setImages(estate: Estate, move: Move, cluster: Cluster): Promise<string> {
  const { consumer, after } = move;
  const { kind, namespace, name } = consumer;
  const stale = await containersBesides(move, cluster);
  if (stale.length === 0) return after;
  const setBy = estate.apps
    .flatMap(({ pulls }) => pulls.flatMap(({ workloads }) => workloads))
    .find((workload) => workload.kind === kind && workload.name === name)?.imageSetBy;
  if (setBy === 'terraform')
    throw new Error(
      `${kind} "${namespace}/${name}": is told to run another after the apply, got ${stale.map(({ name: container, image }) => `"${image}" in ${container}`).join(', ')}; look at what the apply said, and at ignore_changes`,
    );
  await cluster.kubectl([
    ...['set', 'image', `${kind.toLowerCase()}/${name}`, '-n', namespace],
    ...stale.map((container) => `${container.name}=${after}`),
  ]);
  return `${after}, set here, since ${setBy ?? 'nobody'} writes this field`;
}

/** The containers of a move that are told to run anything else. */
async function containersBesides({ consumer, after }: Move, cluster: Cluster): Promise<readonly Container[]> {
  const { spec } = await read(consumer, cluster);
  const template = spec.template?.spec ?? spec.jobTemplate?.spec.template.spec;
  return [...(template?.initContainers ?? []), ...(template?.containers ?? [])].filter(
    ({ name, image }) => image !== after && consumer.containers.some((container) => container.name === name),
  );
}

/** Kinds whose pods are always there. */
export const isRolling = ({ kind }: Consumer): boolean =>
  ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind);

export const generationOf = async (consumer: Consumer, cluster: Cluster): Promise<number> =>
  (await read(consumer, cluster)).metadata.generation;

/** Begins a rollout where a change of the workload has not begun one by itself, since this generation of it. */
export async function restart(
  consumer: Consumer,
  cluster: Cluster,
  since: number | undefined,
): Promise<string> {
  if ((await generationOf(consumer, cluster)) !== since) return 'the apply has begun its rollout';
  const { kind, namespace, name } = consumer;
  await cluster.kubectl(['rollout', 'restart', `${kind.toLowerCase()}/${name}`, '-n', namespace]);
  return 'restarted';
}

/**
 * Waits until every pod is of the newest template and ready. @throws Error at the first that cannot become so
 *
 * A StatefulSet waits for a pod of an older template that never becomes ready, also on the way back from it, until somebody
 * removes it.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
 */
export async function rolledOut(move: Move, cluster: Cluster, seconds: number): Promise<string> {
  const { consumer, after } = move;
  return within(
    seconds,
    `the rollout of ${consumer.kind} ${consumer.namespace}/${consumer.name}`,
    async () => {
      const object = await read(consumer, cluster);
      const pods = await everyPodOf(consumer, object, cluster);
      // One that an earlier attempt left behind tells nothing of this one.
      const restarted = object.spec.template?.metadata?.annotations?.[restartedAt];
      const isNew = (pod: RunningPod): boolean =>
        runs(pod, after) && pod.metadata.annotations?.[restartedAt] === restarted;
      if (consumer.kind === 'StatefulSet')
        for (const pod of pods.filter((each) => !isNew(each) && whyNot(each) !== undefined))
          await cluster.remove('pod', pod.metadata.name, consumer.namespace);
      for (const pod of pods.filter(isNew)) {
        const why = whyNot(pod);
        if (why !== undefined) throw new Error(`pod "${consumer.namespace}/${pod.metadata.name}": ${why}`);
      }
      return isSettled(consumer.kind, object) ? `every pod is of the template with ${after}` : undefined;
    },
  );
}

/** Pods of the workload that are told to run the reference, and are not about to go. */
export async function podsOf({ consumer, after }: Move, cluster: Cluster): Promise<readonly RunningPod[]> {
  const pods = await everyPodOf(consumer, await read(consumer, cluster), cluster);
  return pods.filter((pod) => runs(pod, after));
}

/** Without those that are about to go. */
async function everyPodOf(
  { namespace }: Consumer,
  { spec }: RollingObject,
  cluster: Cluster,
): Promise<readonly RunningPod[]> {
  const labels = Object.entries(spec.selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const pods = await cluster.items<RunningPod>(['pods', '-n', namespace, '-l', labels.join(',')]);
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

const runs = ({ spec: { containers, initContainers = [] } }: RunningPod, reference: string): boolean =>
  [...initContainers, ...containers].some(({ image }) => image === reference);

function whyNot({ status }: RunningPod): string | undefined {
  for (const each of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const { reason = '', message = '' } = each.state?.waiting ?? {};
    if (hopeless.has(reason) || (reason === 'CrashLoopBackOff' && (each.restartCount ?? 0) >= maxRestarts))
      return `container "${each.name}" does not start, got ${reason}: ${message}; docs/runbooks/troubleshoot-image-pull.md`;
  }
  return undefined;
}

/** As `kubectl rollout status` judges it. */
function isSettled(kind: Consumer['kind'], { metadata, spec, status = {} }: RollingObject): boolean {
  const count = (field: string): number => status[field] ?? 0;
  if (count('observedGeneration') < metadata.generation) return false;
  if (kind === 'DaemonSet') {
    const wanted = count('desiredNumberScheduled');
    return count('updatedNumberScheduled') === wanted && count('numberAvailable') === wanted;
  }
  const wanted = spec.replicas ?? 1;
  const ready = kind === 'StatefulSet' ? count('readyReplicas') : count('availableReplicas');
  return count('updatedReplicas') === wanted && count('replicas') === wanted && ready === wanted;
}
