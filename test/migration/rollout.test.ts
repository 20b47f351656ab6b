import { describe, expect, test } from '@jest/globals';
import type { Consumer } from '../../migration/cutover/consumers';
import type { Move } from '../../migration/cutover/plan';
import { rolledOut, setImages } from '../../migration/cutover/rollout';
import { runningOf } from '../../migration/cutover/running-pod';
import { verify } from '../../migration/cutover/verify';
import type { Cluster } from '../../rollout/kubectl';
import { before } from './scene';

const digest = `sha256:${'a'.repeat(64)}`;
const after = 'forgejo.example/acme/app:v1';
const container = { name: 'main', image: 'old.example/app:v1' };

function moveOf(kind: Consumer['kind'], name = 'app'): Move {
  const template = { containers: [container] };
  return {
    ...{ before: container.image, after, previous: container.image },
    consumer: { kind, name, namespace: 'n', image: 'app', containers: [container], template },
    digests: { source: digest, target: digest, expected: [digest], faults: [], notes: [] },
  };
}

/** What `kubectl get` says of one workload and its pods. */
function clusterOf(
  object: object,
  pods: readonly object[] = [],
  events: readonly string[] = [],
): Cluster & { readonly said: string[] } {
  const said: string[] = [];
  return {
    said,
    kubectl: (args) => {
      if (args[0] !== 'get') said.push(args.join(' '));
      return Promise.resolve(JSON.stringify(object));
    },
    items: <T>([kind]: readonly string[]) =>
      Promise.resolve(
        (kind === 'events'
          ? events.map((message) => ({ message }))
          : pods) as readonly unknown[] as readonly T[],
      ),
    apply: () => Promise.reject(new Error('no canary here')),
    remove: (kind, name) => {
      said.push(`remove ${kind} ${name}`);
      return Promise.resolve();
    },
  };
}

const template = (image: string): object => ({ spec: { containers: [{ name: 'main', image }] } });
const workload = (status: object | undefined, spec: object = {}): object => ({
  metadata: { generation: 2 },
  spec: { replicas: 2, selector: { matchLabels: { app: 'app' } }, template: template(after), ...spec },
  ...(status === undefined ? {} : { status }),
});

describe('a rollout is done', () => {
  const done = {
    observedGeneration: 2,
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas: 2,
    readyReplicas: 2,
  };
  test.each<[Consumer['kind'], string, object | undefined, boolean]>([
    ['Deployment', 'all new and available', done, true],
    ['Deployment', 'seen by its controller before the change', { ...done, observedGeneration: 1 }, false],
    ['Deployment', 'one old pod left', { ...done, replicas: 3 }, false],
    ['Deployment', 'one not available', { ...done, availableReplicas: 1 }, false],
    ['Deployment', 'without a status', undefined, false],
    ['StatefulSet', 'all new and ready', { ...done, availableReplicas: 0 }, true],
    ['StatefulSet', 'one not ready', { ...done, readyReplicas: 1 }, false],
    [
      'DaemonSet',
      'on each node',
      { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 },
      true,
    ],
    [
      'DaemonSet',
      'not on each yet',
      { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberAvailable: 3 },
      false,
    ],
  ])('of a %s, %s: %#', async (kind, _, status, is) => {
    const waited = rolledOut(moveOf(kind), clusterOf(workload(status)), 0).catch((error: unknown) =>
      String(error),
    );

    expect(await waited).toContain(
      is ? `every pod is of the template with ${after}` : 'did not come within 0 s',
    );
  });

  test('of none, where it has no replicas', async () => {
    const none = workload({ observedGeneration: 2 }, { replicas: 0 });

    await expect(rolledOut(moveOf('Deployment'), clusterOf(none), 0)).resolves.toContain(after);
  });

  test.each([
    [
      { waiting: { reason: 'ImagePullBackOff', message: 'no' } },
      0,
      'does not start, got ImagePullBackOff: no; docs',
    ],
    [{ waiting: { reason: 'InvalidImageName' } }, 0, 'does not start, got InvalidImageName: ; docs'],
    [
      { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
      3,
      'does not start, got CrashLoopBackOff',
    ],
    [{ waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } }, 1, 'did not come within 0 s'],
    [{ waiting: { reason: 'ErrImagePull' } }, 0, 'did not come within 0 s'],
    [{ waiting: null }, 0, 'did not come within 0 s'],
  ])('never, with a pod in %j that started %i times', async (state, restartCount, says) => {
    const pod = {
      metadata: { name: 'app-1' },
      spec: { containers: [{ name: 'main', image: after }] },
      status: { containerStatuses: [{ name: 'main', restartCount, state }] },
    };

    await expect(rolledOut(moveOf('Deployment'), clusterOf(workload({}), [pod]), 0)).rejects.toThrow(says);
  });
});

test.each<[Consumer['kind'], readonly string[]]>([
  ['Deployment', []],
  ['StatefulSet', ['remove pod app-1']],
])('a pod that an earlier attempt on a %s left behind ends no other: %j', async (kind, said) => {
  const pod = {
    metadata: { name: 'app-1' },
    spec: { containers: [{ name: 'main', image: after }] },
    status: { containerStatuses: [{ name: 'main', state: { waiting: { reason: 'ImagePullBackOff' } } }] },
  };
  const metadata = { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' } };
  const cluster = clusterOf(workload({}, { template: { ...template(after), metadata } }), [pod]);

  await expect(rolledOut(moveOf(kind), cluster, 0)).rejects.toThrow('did not come within 0 s');
  expect(cluster.said).toEqual(said);
});

describe('a pod of an older template that never becomes ready', () => {
  const stuck = (reason: string): object => ({
    metadata: { name: 'app-0' },
    spec: { containers: [{ name: 'main', image: container.image }] },
    status: { containerStatuses: [{ name: 'main', restartCount: 9, state: { waiting: { reason } } }] },
  });
  test.each<[Consumer['kind'], string, readonly string[]]>([
    ['StatefulSet', 'ImagePullBackOff', ['remove pod app-0']],
    ['StatefulSet', 'CrashLoopBackOff', ['remove pod app-0']],
    ['StatefulSet', 'ContainerCreating', []],
    ['Deployment', 'ImagePullBackOff', []],
  ])('of a %s, in %s: %j', async (kind, reason, said) => {
    const cluster = clusterOf(workload({}), [stuck(reason)]);

    await expect(rolledOut(moveOf(kind), cluster, 0)).rejects.toThrow('did not come within 0 s');
    expect(cluster.said).toEqual(said);
  });
});

describe('what a workload is told to run', () => {
  const estate = before('payslip-ingest');
  const [app] = estate.apps;
  const byCi = {
    ...estate,
    apps: estate.apps.map((each) =>
      each === app
        ? {
            ...each,
            pulls: each.pulls.map((pull) => ({
              ...pull,
              workloads: pull.workloads.map((row) => ({ ...row, imageSetBy: 'ci' as const })),
            })),
          }
        : each,
    ),
  };
  const move = moveOf('Deployment', 'payslip-ingest');

  test.each([container.image, 'somebody.else/app:v9'])(
    'by Terraform is an error while it is %s after the apply',
    async (image) => {
      const cluster = clusterOf(workload({}, { template: template(image) }));

      await expect(setImages(estate, move, cluster)).rejects.toThrow(
        `Deployment "n/payslip-ingest": is told to run another after the apply, got "${image}" in main; look at what the apply said, and at ignore_changes`,
      );
      expect(cluster.said).toEqual([]);
    },
  );

  test('by somebody else is set, for its own containers alone', async () => {
    const two = { spec: { containers: [container, { name: 'sidecar', image: 'proxy:1' }] } };
    const cluster = clusterOf(workload({}, { template: two }));

    expect(await setImages(byCi, move, cluster)).toContain('set here, since ci writes this field');
    expect(cluster.said).toEqual([`set image deployment/payslip-ingest -n n main=${after}`]);
  });

  test('is left alone where it is that', async () => {
    const cluster = clusterOf(workload({}));

    expect(await setImages(estate, move, cluster)).toBe(after);
    expect(cluster.said).toEqual([]);
  });
});

describe('what runs', () => {
  const podOf = (imageID: string | undefined): object => ({
    metadata: { name: 'app-1' },
    spec: {
      containers: [
        { name: 'main', image: after },
        { name: 'sidecar', image: 'proxy:1' },
      ],
    },
    status: { containerStatuses: [{ name: 'main', ...(imageID === undefined ? {} : { imageID }) }] },
  });
  const pulled = `Successfully pulled image "${after}" in 1s (1s including waiting). Image size: 1 bytes.`;
  const check = (pod: object, events: readonly string[]): Promise<string> =>
    verify(moveOf('Deployment'), clusterOf(workload({}), [pod], events), 0);

  test.each([
    `forgejo.example/acme/app@${digest}`,
    `old.example/app@${digest}`,
    `docker-pullable://x/app@${digest}`,
  ])('is well as %s, once the kubelet said that it pulled the reference', async (imageID) => {
    expect(await check(podOf(imageID), [pulled])).toBe(`1 pods on ${digest}; ${pulled}`);
  });

  test.each([
    [`x@sha256:${'b'.repeat(64)}`, 'Deployment n/app: runs another image, got app-1/main runs'],
    // Somebody has just started it again.
    ['', 'the containers of Deployment n/app: did not come within 0 s'],
    [undefined, 'the containers of Deployment n/app: did not come within 0 s'],
  ])('is not what was expected as %j', async (imageID, says) => {
    await expect(check(podOf(imageID), [pulled])).rejects.toThrow(says);
  });

  test('was pulled by the pod itself, and by no earlier one of its name', async () => {
    const pod = { ...podOf(`x@${digest}`), metadata: { name: 'app-1', uid: 'u2' } };
    const cluster = clusterOf(workload({}), [pod]);
    const asked: string[] = [];
    const items: Cluster['items'] = (args) => {
      asked.push(args.at(-1) ?? '');
      return cluster.items(args);
    };

    await expect(verify(moveOf('StatefulSet'), { ...cluster, items }, 0)).rejects.toThrow('no canary here');
    expect(asked).toContain('involvedObject.name=app-1,involvedObject.uid=u2,reason=Pulled');
  });

  test.each([
    [[`Container image "${after}" already present on machine`]],
    [[`Successfully pulled image "${after}-other" in 1s`]],
    [['Successfully pulled image "old.example/app:v1" in 1s']],
    [[]],
  ])('was not seen to be pulled by %j, so that a canary is asked', async (events) => {
    const pod = podOf(`x@${digest}`);

    await expect(check(pod, events)).rejects.toThrow('no canary here');
  });

  test('is read of its own containers alone', () => {
    expect(runningOf(podOf(`x@${digest}`) as Parameters<typeof runningOf>[0], after)).toEqual([
      { name: 'main', digest },
    ]);
  });
});
