import { formatImageReference } from '../../estate/image-reference';
import type { Workload } from '../../estate/apps';
import { cutoverOrder } from '../../estate/derived/cutover-order';
import { spellingsOf } from '../../estate/derived/references';
import type { Estate } from '../../estate/estate';
import type { Image } from '../../estate/images';
import type { Cluster } from '../../rollout/kubectl';
import { Refused } from '../../steps/refused';

/** The parts of a pod's specification that decide what it pulls, and may run where. */
export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly serviceAccountName?: string;
  readonly [part: string]: unknown;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly [part: string]: unknown;
}

/** A workload of the cluster that is told to run one of our images. */
export interface Consumer {
  readonly kind: Workload['kind'] | 'Job' | 'Pod';
  readonly namespace: string;
  readonly name: string;
  /** The row of `images.ts`. */
  readonly image: string;
  /** Its containers that run it, and each one's reference. */
  readonly containers: readonly Container[];
  readonly template: PodSpec;
  /** The field by which a change of it begins no rollout. @default it begins one */
  readonly heldBy?: string;
}

interface WorkloadObject {
  readonly kind: Consumer['kind'];
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly ownerReferences?: readonly { readonly controller?: boolean }[];
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly template?: { readonly spec: PodSpec };
    readonly jobTemplate?: { readonly spec: { readonly template: { readonly spec: PodSpec } } };
    readonly paused?: boolean;
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly partition?: number };
    };
  } & Partial<PodSpec>;
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Label of the pods that this project itself starts, which are no consumers. */
export const canaryLabel = 'registry-cutover-canary';

/** Everything in the cluster that is told to run one of these images, whatever spelling it uses. */
export async function consumersOf(
  estate: Estate,
  images: readonly Image[],
  cluster: Cluster,
): Promise<readonly Consumer[]> {
  const kinds = 'deployments,statefulsets,daemonsets,cronjobs,jobs,pods';
  const objects = await cluster.items<WorkloadObject>([kinds, '--all-namespaces']);
  return objects
    .filter(({ kind, metadata: { labels, ownerReferences = [] }, status }) => {
      const isOwned = ownerReferences.some(({ controller }) => controller === true);
      return !isOwned && labels?.[canaryLabel] === undefined && !hasEnded(kind, status);
    })
    .flatMap(({ kind, metadata: { name, namespace }, spec }) => {
      const template = spec.template?.spec ?? spec.jobTemplate?.spec.template.spec ?? (spec as PodSpec);
      const all = [...(template.initContainers ?? []), ...template.containers];
      return images.flatMap((image): Consumer[] => {
        const containers = all.filter((container) => tagIn(estate, image, container.image) !== undefined);
        return containers.length === 0
          ? []
          : [{ kind, namespace, name, image: image.name, containers, template, ...heldBy(spec) }];
      });
    });
}

function heldBy({ paused, updateStrategy: { type, rollingUpdate } = {} }: WorkloadObject['spec']): {
  readonly heldBy?: string;
} {
  if (paused === true) return { heldBy: 'spec.paused: true' };
  if (type === 'OnDelete') return { heldBy: 'spec.updateStrategy.type: OnDelete' };
  const { partition = 0 } = rollingUpdate ?? {};
  return partition > 0 ? { heldBy: `spec.updateStrategy.rollingUpdate.partition: ${partition}` } : {};
}

/** A pod or a Job that never pulls again. */
function hasEnded(
  kind: Consumer['kind'],
  { phase = '', conditions = [] }: WorkloadObject['status'] = {},
): boolean {
  if (kind === 'Pod') return ['Succeeded', 'Failed'].includes(phase);
  const ends = ({ type, status }: { type: string; status: string }): boolean =>
    ['Complete', 'Failed'].includes(type) && status === 'True';
  return kind === 'Job' && conditions.some(ends);
}

/** What a reference says behind an image's name, such as `:v4`, where it is that image in any spelling. */
export function tagIn(estate: Estate, image: Image, reference: string): string | undefined {
  const slash = reference.indexOf('/');
  const lower = reference.slice(0, slash).toLowerCase() + reference.slice(slash);
  return spellingsOf(estate, image)
    .filter((spelling) => lower.startsWith(spelling))
    .map((spelling) => lower.slice(spelling.length))
    .find((rest) => rest === '' || rest.startsWith(':') || rest.startsWith('@'));
}

/**
 * Tag and digest of what stands behind a name; a reference without either means `latest`.
 * @throws {@link Refused} for what is neither, which would be taken for `latest`
 */
export function tagOf(rest: string): { readonly tag?: string; readonly digest?: string } {
  const [, tag, digest] = /^(?::([^@]+))?(?:@(sha256:[0-9a-f]{64}))?$/u.exec(rest) ?? [];
  if (rest === '') return { tag: 'latest' };
  if (tag === undefined && digest === undefined)
    throw new Refused([`cutover: is no tag or sha256 digest, got "${rest}"; correct the reference`]);
  return { ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

export const labelOf = ({ kind, namespace, name }: Pick<Consumer, 'kind' | 'namespace' | 'name'>): string =>
  `${kind} ${namespace}/${name}`;

/**
 * Where estate and cluster differ about who runs the images of one mover, as faults. A way back does not wait for others who
 * run its images: they stay where they are.
 */
export function consumerFaults(
  estate: Estate,
  moverName: string,
  consumers: readonly Consumer[],
  to: 'forgejo' | 'source',
): readonly string[] {
  const mover = cutoverOrder(estate).find(({ name }) => name === moverName);
  const known = estate.apps.flatMap(({ stack, pulls }) =>
    pulls.flatMap(({ image, workloads }) => workloads.map((workload) => ({ stack, image, workload }))),
  );
  const isSame = (consumer: Consumer, image: string, { kind, name }: Workload): boolean =>
    consumer.image === image && consumer.kind === kind && consumer.name === name;
  const strangers = consumers
    .filter((consumer) => !known.some(({ image, workload }) => isSame(consumer, image, workload)))
    .filter((consumer) => !isPipeline(estate, consumer))
    .map(
      (consumer) =>
        `cutover: ${labelOf(consumer)} runs ${consumer.image}, which the estate does not know, got "${consumer.containers[0]?.image ?? ''}"; add it to the pulls of estate/apps.ts, or remove it from the cluster`,
    );
  const own = known.filter(({ stack }) => mover?.kind === 'app' && stack === moverName);
  const counts = own.map(({ image, workload }) => ({
    ...{ image, workload, found: consumers.filter((consumer) => isSame(consumer, image, workload)) },
  }));
  return [
    ...(to === 'forgejo' ? strangers : []),
    ...counts.flatMap(({ image, workload: { kind, name }, found }) =>
      found.length === 1
        ? []
        : [
            `cutover: ${kind} "${name}" of the estate should run ${image} once in the cluster, got ${found.length} such${found.length === 0 ? '' : ` (${found.map(({ namespace }) => namespace).join(', ')})`}; correct its row in estate/apps.ts, or deploy it first`,
          ],
    ),
    ...counts.flatMap(({ workload: { kind, name, containers, initContainers = [] }, found: [consumer] }) => {
      if (consumer === undefined) return [];
      const row = [...initContainers, ...containers];
      const others = consumer.containers.filter(({ name: container }) => !row.includes(container));
      return [
        ...(consumer.heldBy === undefined
          ? []
          : [
              `cutover: ${kind} "${name}" begins no rollout when it changes, got "${consumer.heldBy}"; take that away first, it would be waited for in vain`,
            ]),
        ...others.map(
          ({ name: container, image }) =>
            `cutover: container "${container}" of ${kind} "${name}" is not in its row, got "${image}"; add it in estate/apps.ts`,
        ),
      ];
    }),
  ];
}

/** A step of the CI that runs at this moment, and in what comes next by itself. */
const isPipeline = ({ woodpecker, pipelineImages }: Estate, { kind, namespace, image }: Consumer): boolean =>
  kind === 'Pod' && namespace === woodpecker.namespace && pipelineImages.some((row) => row.image === image);

export const spelled = (
  { host, repository }: { readonly host: string; readonly repository: string },
  rest: string,
): string => formatImageReference({ host, repository, ...tagOf(rest) });
