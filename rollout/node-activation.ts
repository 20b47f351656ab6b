import type { NodeEffect } from '../cloud-init/kubernetes-node';
import type { Activation } from './activation';

const units = [
  ['journald-restart', 'systemd-journald'],
  ['logind-restart', 'systemd-logind'],
  ['containerd-restart', 'containerd'],
  ['kubelet-restart', 'kubelet'],
] as const satisfies readonly (readonly [NodeEffect, string])[];

/**
 * What a node's changed files need. A restart of containerd leaves containers running but stops everything that pods
 * ask of it meanwhile, so pods leave the node before; the kubelet comes after the runtime that it talks to.
 */
export const nodeActivation: Activation<NodeEffect> = {
  commands: (effects) => {
    const restarted = units.filter(([effect]) => effects.includes(effect));
    return [
      ...(effects.includes('sysctl-reload') ? ['sysctl --quiet --system'] : []),
      ...(restarted.length > 0 ? ['systemctl daemon-reload'] : []),
      ...restarted.map(([, unit]) => `systemctl restart ${unit}`),
    ];
  },
  needsDrain: (effects) => effects.includes('containerd-restart'),
};
