import type { KubernetesApi, KubernetesObject } from './api';

/** An image as some object of the cluster spells it. */
export interface ImageUse {
  readonly image: string;
  /** Kind, namespace and name of the object. */
  readonly by: string;
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

/** Every image that the cluster runs, is told to run or can roll back to, each once. Throws if any list fails. */
export async function imagesInUse(api: KubernetesApi): Promise<readonly ImageUse[]> {
  const uses = new Map<string, string>();
  await Promise.all(
    IMAGE_SOURCES.map(({ kind, path }) =>
      api.list(path, (object) => {
        const by = `${kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
        for (const image of imagesOf(object)) {
          const known = uses.get(image);
          if (known === undefined || by < known) uses.set(image, by);
        }
      }),
    ),
  );
  return [...uses].map(([image, by]) => ({ image, by }));
}

/**
 * The images that an object names anywhere outside of its metadata: `image` and `imageID` of containers of any sort and
 * of their statuses, and the `reference` of an image volume. Found by name and not by path, so that a place that a later
 * Kubernetes adds is found too.
 */
export function imagesOf(object: KubernetesObject): readonly string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null)
      for (const [name, part] of Object.entries(value)) {
        if (typeof part !== 'string') walk(part);
        else if (part !== '' && (name === 'image' || name === 'imageID' || name === 'reference'))
          found.push(part);
      }
  };
  for (const [part, value] of Object.entries(object)) if (part !== 'metadata') walk(value);
  return found;
}
