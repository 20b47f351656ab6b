import { cutoverOrder, withCutOver } from '../../estate/derived/cutover-order';
import { legacySpellings } from '../../estate/derived/legacy-registry';
import { imageAt, pulledReference } from '../../estate/derived/references';
import type { Estate } from '../../estate/estate';
import { formatImageReference } from '../../estate/image-reference';
import { RegistryClient } from '../../clients/oci/client';
import { pushImage } from '../../clients/oci/push-image';
import { planCutover, type CutoverPlan, type CutoverProps } from '../../migration/cutover/plan';
import { FakeRegistry } from '../support/fake-registry';
import { fakeCluster, type KubeObject } from '../support/fake-kubectl';
import { estateAt } from '../support/estates';

const all = estateAt('cutover');
/** Its evidence is of the first of January. */
export const nowMs = Date.parse('2026-01-10T00:00:00Z');

/** The estate in the cutover, with the apps before this one moved. */
export function before(name: string, base: Estate = all): Estate {
  const order = cutoverOrder(base);
  const at = order.findIndex((each) => each.name === name);
  return order.slice(at).reduce<Estate>((each, mover) => withCutOver(each, mover.name, false), base);
}

/** Two registries on loopback, with every image of the estate on both sides, and a cluster that runs them. */
export interface Scene {
  readonly source: FakeRegistry;
  readonly target: FakeRegistry;
  readonly forge: RegistryClient;
  readonly plan: (
    name: string,
    change?: Partial<CutoverProps> & { objects?: readonly KubeObject[] },
  ) => Promise<CutoverPlan>;
  readonly stop: () => Promise<void>;
}

export async function startScene(): Promise<Scene> {
  const [source, target] = [await new FakeRegistry().start(), await new FakeRegistry().start()];
  const [old, forge] = [source, target].map(({ url }) => new RegistryClient({ url, retries: 0 })) as [
    RegistryClient,
    RegistryClient,
  ];
  await Promise.all(
    all.images.flatMap((image) => [
      pushImage(old, imageAt(all, image, 'source').repository, image.name, image.tag),
      pushImage(forge, imageAt(all, image, 'forgejo').repository, image.name, image.tag),
    ]),
  );
  return {
    ...{ source, target, forge },
    plan: (
      name: string,
      change: Partial<CutoverProps> & { objects?: readonly KubeObject[] } = {},
    ): Promise<CutoverPlan> => {
      const { estate = before(name), objects = objectsOf(estate) } = change;
      return planCutover({
        ...{ estate, name, to: 'forgejo', nowMs, cluster: fakeCluster(objects) },
        registries: { target: forge, sourceOf: () => old },
        ...change,
      });
    },
    stop: async () => {
      await source.stop();
      await target.stop();
    },
  };
}

/** Every workload of the estate in a namespace of its stack's name, with the pull Secret. */
export function objectsOf(estate: Estate): KubeObject[] {
  const namespaces = [...estate.apps.map(({ stack }) => stack), estate.woodpecker.namespace];
  return [
    ...estate.apps.flatMap((app) =>
      app.pulls.flatMap((pull) =>
        pull.workloads.map(({ kind, name, containers, initContainers = [] }) =>
          workload(kind, name, app.stack, {
            image: formatImageReference(pulledReference(estate, app, pull)),
            ...{ containers, initContainers },
          }),
        ),
      ),
    ),
    ...namespaces.flatMap((namespace): KubeObject[] => [
      { kind: 'ServiceAccount', metadata: { name: 'default', namespace } },
      {
        ...{ kind: 'Secret', metadata: { name: estate.pullSecret.name, namespace } },
        data: {
          '.dockerconfigjson': Buffer.from(
            JSON.stringify({
              auths: Object.fromEntries(
                [...legacySpellings(estate), estate.forgejo.host].map((host) => [host, { auth: 'eDp5' }]),
              ),
            }),
          ).toString('base64'),
        },
      },
    ]),
  ];
}

export function workload(
  kind: string,
  name: string,
  namespace: string,
  of: {
    readonly image: string;
    readonly containers?: readonly string[];
    readonly initContainers?: readonly string[];
  },
): KubeObject {
  const { image, containers = ['main'], initContainers = [] } = of;
  const template = {
    spec: {
      containers: containers.map((container) => ({ name: container, image })),
      initContainers: initContainers.map((container) => ({ name: container, image })),
      imagePullSecrets: [{ name: all.pullSecret.name }],
    },
  };
  return {
    ...{ kind, metadata: { name, namespace } },
    spec: kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template },
  };
}
