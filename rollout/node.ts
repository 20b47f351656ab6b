import type { ContainerdMajor } from '../cloud-init/containerd-config';
import type { NodeObject } from './cluster';

/** On a Node object: this rollout cordoned it and has not finished it. */
export const rolloutAnnotation = 'registry-consolidation/rollout';

/** Who closed a node to new pods. */
export type Cordon = 'none' | 'ours' | 'foreign';

export interface Node {
  readonly name: string;
  readonly resourceVersion: string;
  readonly controlPlane: boolean;
  readonly cordon: Cordon;
  /** What its condition says when it is not Ready. */
  readonly notReady?: string;
  /** As the kubelet reports it, such as `containerd://1.7.27`. */
  readonly runtime: string;
}

export function parseNode({ metadata, spec, status }: NodeObject): Node {
  const { name, resourceVersion, labels = {}, annotations = {} } = metadata;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const said =
    ready === undefined ? 'no condition' : `${ready.status}: ${ready.message ?? ready.reason ?? ''}`;
  return {
    name,
    resourceVersion,
    controlPlane: 'node-role.kubernetes.io/control-plane' in labels,
    cordon: spec?.unschedulable !== true ? 'none' : rolloutAnnotation in annotations ? 'ours' : 'foreign',
    runtime: status?.nodeInfo?.containerRuntimeVersion ?? '',
    ...(ready?.status === 'True' ? {} : { notReady: said }),
  };
}

/** The major version of the node's containerd; undefined when it runs something else. */
export function containerdMajorOf({ runtime }: Node): ContainerdMajor | undefined {
  const major = Number(/^containerd:\/\/(\d+)\./.exec(runtime)?.[1]);
  return major === 1 || major === 2 ? major : undefined;
}

/** Workers by name, then the control plane: the API server answers for as long as it can. */
export function inOrder(nodes: readonly Node[]): readonly Node[] {
  const key = ({ name, controlPlane }: Node): string => `${controlPlane ? '1' : '0'}${name}`;
  return [...nodes].sort((a, b) => key(a).localeCompare(key(b), 'en', { numeric: true }));
}
