import { randomBytes } from 'node:crypto';
import { within, type Cluster } from '../../rollout/kubectl';
import { canaryLabel, type Container, type PodSpec } from './consumers';
import type { Move } from './plan';
import { pulledBy, runningOf, type RunningPod } from './running-pod';

/** In no image: the container is made from the pulled image and cannot start, so that nothing of the app ever runs. */
const noProgram = '/registry-cutover-canary';

/** Where the pod may run, and as whom; what it mounts and reads is left out. */
const copied = [
  ...['serviceAccountName', 'imagePullSecrets', 'nodeSelector', 'tolerations'],
  ...['securityContext', 'runtimeClassName', 'hostNetwork'],
] as const;

/** Has a node pull what a workload will, with the workload's own login and beside it; its program does not run. */
export async function pullByCanary(
  move: Move,
  cluster: Cluster,
  seconds: number,
): Promise<{ readonly digest: string; readonly said: string }> {
  const { consumer, after } = move;
  const { namespace } = consumer;
  const name = `registry-cutover-${randomBytes(4).toString('hex')}`;
  await cluster.kubectl(['delete', 'pods', '-n', namespace, '-l', canaryLabel, '--timeout=120s']);
  await cluster.apply(canaryPod(move, name));
  try {
    return await within(seconds, `the pull of ${after} by pod ${namespace}/${name}`, async () => {
      const pods = await cluster.items<RunningPod>(['pods', '-n', namespace, '-l', canaryLabel]);
      const pod = pods.find(({ metadata }) => metadata.name === name);
      const digest = pod === undefined ? '' : (runningOf(pod, after)[0]?.digest ?? '');
      const waiting = pod?.status?.containerStatuses?.[0]?.state?.waiting;
      if (waiting?.reason === 'ImagePullBackOff')
        throw new Error(
          `pod "${namespace}/${name}": a node could not pull, got ${waiting.message ?? ''}; docs/runbooks/troubleshoot-image-pull.md`,
        );
      const said = pod === undefined ? undefined : await pulledBy(namespace, pod, after, cluster);
      return said === undefined || digest === '' ? undefined : { digest, said };
    });
  } finally {
    // What was seen stands whether it goes now or before the next one, which removes it by its label.
    await cluster.remove('pod', name, namespace).catch(() => undefined);
  }
}

function canaryPod({ consumer, after }: Move, name: string): object {
  const { namespace, template, containers } = consumer;
  const [like] = containers;
  const { nodeAffinity } = (template['affinity'] ?? {}) as { readonly nodeAffinity?: object };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { [canaryLabel]: 'true' } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      ...part(template, copied),
      // What keeps the app's pods apart would keep this one away.
      ...(nodeAffinity === undefined ? {} : { affinity: { nodeAffinity } }),
      containers: [
        {
          ...{ name: 'canary', image: after, imagePullPolicy: 'Always', command: [noProgram] },
          ...(like === undefined ? {} : part(like, ['resources', 'securityContext'])),
        },
      ],
    },
  };
}

const part = (of: PodSpec | Container, keys: readonly string[]): object =>
  Object.fromEntries(keys.flatMap((key) => (of[key] === undefined ? [] : [[key, of[key]]])));
