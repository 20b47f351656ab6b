import type { Estate } from '../estate';
import type { EvictionThresholds } from '../nodes';
import { quantityBytes } from '../derived/quantity';
import { faultsIn, type Rule } from './rule';

/** A node asks pods before it kills them, and shuts down in the order in which its parts wait for each other. */
export const node: Rule = (estate) => [...kubeletFaults(estate), ...shutdownFaults(estate)];

function kubeletFaults({ nodes: { kubelet } }: Estate): string[] {
  const { evictionHard: hard, evictionSoft: soft } = kubelet;
  const late = (['memoryAvailable', 'nodefsAvailable', 'imagefsAvailable'] as const).filter(
    (signal) => !(amount(soft, signal) > amount(hard, signal)),
  );
  return late.map(
    (signal) =>
      `estate.nodes.kubelet.evictionSoft.${signal}: is not above the hard threshold of "${hard[signal]}", got "${soft[signal]}"; raise it, so that pods are asked before they are killed`,
  );
}

function shutdownFaults({ nodes: { kubelet } }: Estate): string[] {
  const total = kubelet.shutdownGrace.reduce((sum, { seconds }) => sum + seconds, 0);
  return faultsIn(
    [
      !(kubelet.inhibitDelayMaxSeconds > total),
      `estate.nodes.kubelet.inhibitDelayMaxSeconds: cuts a shutdown that takes ${total} s, got ${kubelet.inhibitDelayMaxSeconds}; raise it above the sum of shutdownGrace`,
    ],
    [
      !(kubelet.stopTimeoutSeconds > total),
      `estate.nodes.kubelet.stopTimeoutSeconds: kills the kubelet in a shutdown that takes ${total} s, got ${kubelet.stopTimeoutSeconds}; raise it above the sum of shutdownGrace`,
    ],
  );
}

function amount(thresholds: EvictionThresholds, signal: keyof EvictionThresholds): number {
  const value = thresholds[signal];
  return value.endsWith('%') ? Number(value.slice(0, -1)) : quantityBytes(value);
}
