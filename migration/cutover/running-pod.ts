import type { Cluster } from '../../rollout/kubectl';
import type { PodSpec } from './consumers';

export interface RunningPod {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly imageID?: string;
  readonly restartCount?: number;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
}

/** The digest of each container that is told to run a reference. */
export function runningOf(
  { spec, status }: RunningPod,
  reference: string,
): readonly { readonly name: string; readonly digest: string }[] {
  const told = [...(spec.initContainers ?? []), ...spec.containers].filter(
    ({ image }) => image === reference,
  );
  const seen = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return told.map(({ name }) => {
    const imageId = seen.find((each) => each.name === name)?.imageID ?? '';
    return { name, digest: imageId.slice(imageId.lastIndexOf('@') + 1) };
  });
}

/** What the kubelet said of a pull of exactly this reference, by which it names the registry. */
export async function pulledBy(
  namespace: string,
  { metadata: { name, uid } }: RunningPod,
  reference: string,
  cluster: Cluster,
): Promise<string | undefined> {
  const events = await cluster.items<{ readonly message?: string }>([
    // Not of an earlier pod of that name: a StatefulSet's come back under it.
    ...['events', '-n', namespace, '--field-selector'],
    `involvedObject.name=${name}${uid === undefined ? '' : `,involvedObject.uid=${uid}`},reason=Pulled`,
  ]);
  return events
    .map(({ message = '' }) => message)
    .find((message) => message.startsWith(`Successfully pulled image "${reference}"`));
}
