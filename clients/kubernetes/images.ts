import type { KubernetesApi, KubernetesObject } from './api';

/** An image as some object of the cluster spells it. */
export interface ImageUse {
  readonly image: string;
  /** Kind, namespace and name of the object. */
  readonly by: string;
  /** Whether the object is told to run it; else its status tells that it does, or a text of it mentions it. */
  readonly told: boolean;
}

/**
 * Everything that runs images or can be made to run older ones: ReplicaSets and ControllerRevisions are what
 * `kubectl rollout undo` goes back to. Listing these is all that the program's ServiceAccount must be allowed.
 */
export const IMAGE_SOURCES = [
  { kind: 'Pod', path: '/api/v1/pods' },
  { kind: 'ReplicationController', path: '/api/v1/replicationcontrollers' },
  { kind: 'PodTemplate', path: '/api/v1/podtemplates' },
  { kind: 'Deployment', path: '/apis/apps/v1/deployments' },
  { kind: 'ReplicaSet', path: '/apis/apps/v1/replicasets' },
  { kind: 'StatefulSet', path: '/apis/apps/v1/statefulsets' },
  { kind: 'DaemonSet', path: '/apis/apps/v1/daemonsets' },
  { kind: 'ControllerRevision', path: '/apis/apps/v1/controllerrevisions' },
  { kind: 'Job', path: '/apis/batch/v1/jobs' },
  { kind: 'CronJob', path: '/apis/batch/v1/cronjobs' },
] as const;

/** What the memory of the job has room for, many times what a homelab has. */
const MAX_OBJECTS = 100_000;
const MAX_CHARACTERS = 12 * 1024 * 1024;

export interface ClusterImages {
  readonly uses: readonly ImageUse[];
  /** How many objects the lists had in all. */
  readonly objects: number;
  /** Namespace and name of every pod. */
  readonly pods: ReadonlySet<string>;
}

/**
 * Every image that the cluster runs, is told to run or can roll back to, each once. Throws if any list fails, or lacks most of
 * what others name as owners: a server that leaves out one kind says 200 too.
 *
 * @param owner whose images are also found in arguments and variables, as operators and builders are told them
 */
export async function imagesInUse(api: KubernetesApi, owner?: string): Promise<ClusterImages> {
  const uses = new Map<string, ImageUse>();
  const seen = new Set<string>();
  const owners = new Set<string>();
  const pods = new Set<string>();
  let characters = 0;
  const remember = (text: string): void => {
    characters += text.length;
    if (seen.size <= MAX_OBJECTS && characters <= MAX_CHARACTERS) return;
    throw new Error(
      `kubernetes: the lists are of more than ${MAX_OBJECTS} objects, or their images and names of more than ${MAX_CHARACTERS} characters, got ${seen.size} and ${characters}; look at what fills the cluster, e.g. with kubectl get replicasets,jobs -A`,
    );
  };
  await Promise.all(
    IMAGE_SOURCES.map(({ kind, path }) =>
      api.list(path, (object) => {
        const name = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
        const by = `${kind} ${name}`;
        if (!seen.has(by)) remember(by);
        seen.add(by);
        if (kind === 'Pod') pods.add(name);
        for (const controller of ownersOf(object)) {
          if (!owners.has(controller)) remember(controller);
          owners.add(controller);
        }
        for (const { image, told } of imagesOf(object, owner)) {
          const known = uses.get(image);
          if (known === undefined) remember(image);
          if (known === undefined || (told && !known.told) || (told === known.told && by < known.by))
            uses.set(image, { image, by, told });
        }
      }),
    ),
  );
  for (const { kind } of IMAGE_SOURCES) {
    const named = [...owners].filter((each) => each.startsWith(`${kind} `));
    const found = named.filter((each) => seen.has(each)).length;
    // One may go while the lists are read.
    if (named.length - found > 1 && found < named.length / 2)
      throw new Error(
        `kubernetes: the list of ${kind}s lacks what other lists name as owners, got ${found} of ${named.length}; look at what answers for the API server, and run again`,
      );
  }
  return { uses: [...uses.values()], objects: seen.size, pods };
}

/** Kind, namespace and name of each owner that is of a kind that is listed. */
function ownersOf({ metadata }: KubernetesObject): readonly string[] {
  const { ownerReferences, namespace = '' } = metadata as { ownerReferences?: unknown; namespace?: string };
  const references = Array.isArray(ownerReferences) ? (ownerReferences as (object | null)[]) : [];
  return references.flatMap((reference) => {
    const { apiVersion, kind, name } = (reference ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof apiVersion !== 'string' || typeof name !== 'string') return [];
    const folder = apiVersion === 'v1' ? '/api/v1/' : `/apis/${apiVersion}/`;
    const listed = IMAGE_SOURCES.find((each) => each.kind === kind && each.path.startsWith(folder));
    return listed === undefined ? [] : [`${listed.kind} ${namespace}/${name}`];
  });
}

/**
 * The images that an object names anywhere outside of its metadata: `image` and `imageID` of containers of any sort and
 * of their statuses, and the `reference` of an image volume. Found by name and not by path, so that a place that a later
 * Kubernetes adds is found too. Of an owner also what any other text names with a tag or a digest.
 */
export function imagesOf(
  object: KubernetesObject,
  owner?: string,
): readonly Pick<ImageUse, 'image' | 'told'>[] {
  const found: Pick<ImageUse, 'image' | 'told'>[] = [];
  // In any case: where a runtime or a tool does not take it, whoever reads the reference takes more for named.
  const path = owner === undefined ? undefined : new RegExp(`(?=/${owner.replaceAll('.', '\\.')}/)`, 'gi');
  const walk = (value: unknown, told: boolean): void => {
    if (Array.isArray(value)) for (const item of value) walk(item, told);
    else if (typeof value === 'object' && value !== null)
      for (const [name, part] of Object.entries(value)) {
        if (typeof part !== 'string') walk(part, told);
        else if (part !== '' && (name === 'image' || name === 'imageID' || name === 'reference'))
          found.push({ image: part, told });
        else walk(part, told);
      }
    else if (typeof value === 'string' && path !== undefined && told)
      for (const image of mentionsIn(value, path)) found.push({ image, told: false });
  };
  for (const [part, value] of Object.entries(object)) if (part !== 'metadata') walk(value, part !== 'status');
  return found;
}

/** As long as a host, and as a path with a tag and a digest, may be. */
const MAX_HOST_LENGTH = 260;
const MAX_PATH_LENGTH = 500;

/** What a text names below that path, host and tag or digest with it; an address of a page or of a repository has neither. */
function mentionsIn(text: string, path: RegExp): string[] {
  const images: string[] = [];
  for (const { index: at } of text.matchAll(path)) {
    const host = /[\w.-]+(?::\d+)?$/.exec(text.slice(Math.max(at - MAX_HOST_LENGTH, 0), at))?.[0];
    const [rest = '', end = ''] =
      /^[\w./-]+(?::\w(?:[\w.-]*\w)?(?=([.-]*)))?(?:@sha256:[0-9a-f]{64})?/.exec(
        text.slice(at, at + MAX_PATH_LENGTH),
      ) ?? [];
    if (host === undefined || !rest.includes(':')) continue;
    images.push(`${host}${rest}`);
    // The end of a sentence, or of a tag.
    if (end !== '') images.push(`${host}${rest}${end}`);
  }
  return images;
}
