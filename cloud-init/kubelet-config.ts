import { stringify } from 'yaml';
import type { EvictionThresholds, KubeletFacts } from '../estate/nodes';

/**
 * A KubeletConfiguration that the kubelet merges into kubeadm's (`--config-dir`, Kubernetes 1.30 and later). It is
 * there before the node joins: the predecessor patched kubeadm's file, which on a new node did not exist yet
 * (incident 46).
 */
export function kubeletDropIn(facts: KubeletFacts): string {
  const { reserved, evictionHard, evictionSoft, evictionSoftGrace, containerLog, shutdownGrace } = facts;
  const soft = thresholds(evictionSoft);
  const configuration = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    cgroupDriver: 'systemd',
    // Swap is there for the system: by default pods get none of it.
    failSwapOn: false,
    serializeImagePulls: false,
    maxParallelImagePulls: facts.maxParallelImagePulls,
    systemReserved: reserved,
    kubeReserved: reserved,
    evictionHard: thresholds(evictionHard),
    evictionSoft: soft,
    evictionSoftGracePeriod: Object.fromEntries(
      Object.keys(soft).map((signal) => [signal, evictionSoftGrace]),
    ),
    containerLogMaxSize: containerLog.maxSize,
    containerLogMaxFiles: containerLog.maxFiles,
    shutdownGracePeriodByPodPriority: shutdownGrace.map(({ priority, seconds }) => ({
      priority,
      shutdownGracePeriodSeconds: seconds,
    })),
  };
  return stringify(configuration, { aliasDuplicateObjects: false });
}

function thresholds({ memoryAvailable, nodefsAvailable, imagefsAvailable }: EvictionThresholds): object {
  return {
    'memory.available': memoryAvailable,
    'nodefs.available': nodefsAvailable,
    'imagefs.available': imagefsAvailable,
  };
}
