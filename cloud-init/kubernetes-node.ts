import type { Estate } from '../estate/estate';
import type { ManagedMachine } from './managed-file';

/** What a changed file of a node needs before it counts: nothing, a restarted unit, or reread kernel settings. */
export type NodeEffect =
  'none' | 'containerd-restart' | 'kubelet-restart' | 'journald-restart' | 'logind-restart' | 'sysctl-reload';

/** The major version of containerd that a node runs, as its `nodeInfo.containerRuntimeVersion` says. */
export type ContainerdMajor = 1 | 2;

/**
 * The files of every Kubernetes node in the estate's phase, whether it boots for the first time or runs already.
 *
 * @param containerdMajor of a running node; by default what a new node installs
 */
export function kubernetesNode(
  estate: Estate,
  containerdMajor: ContainerdMajor = estate.nodes.containerd.major,
): ManagedMachine<NodeEffect> {
  return {
    directories: [estate.nodes.containerd.hostsDirectory],
    files: [],
    absent: [String(containerdMajor)],
  };
}
