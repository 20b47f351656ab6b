import type { Estate } from '../estate';
import type { EvictionThresholds } from '../nodes';
import { quantityBytes } from '../derived/quantity';
import {
  absolutePath,
  check,
  count,
  imageReference,
  keyFingerprint,
  quantity,
  vaultKeyFaults,
} from './check';
import type { Rule } from './rule';

/** A node boots, is reached, pulls, and shuts down in the order in which its parts wait for each other. */
export const node: Rule = (estate) => [
  ...secretFaults(estate),
  ...containerdFaults(estate),
  ...kubeletFaults(estate),
  ...shutdownFaults(estate),
];

function secretFaults({ nodes: { admin, joinCommand, apt } }: Estate): string[] {
  const keys = {
    'admin.sshPublicKey': admin.sshPublicKey,
    'admin.passwordHash': admin.passwordHash,
    joinCommand,
  };
  return [
    ...Object.entries(keys).flatMap(([field, key]) => vaultKeyFaults(`estate.nodes.${field}`, key)),
    ...(['docker', 'kubernetes'] as const).flatMap((name) =>
      check(`estate.nodes.apt.${name}.keyid`, apt[name].keyid, keyFingerprint, 'write 40 hexadecimal digits'),
    ),
  ];
}

function containerdFaults({ nodes: { containerd } }: Estate): string[] {
  const where = 'estate.nodes.containerd';
  return [
    ...check(
      `${where}.hostsDirectory`,
      containerd.hostsDirectory,
      absolutePath,
      'write a folder such as "/etc/containerd/certs.d"',
    ),
    ...check(
      `${where}.maxConcurrentDownloads`,
      containerd.maxConcurrentDownloads,
      count,
      'write how many layers at a time',
    ),
    ...check(`${where}.pauseImage`, containerd.pauseImage, imageReference, 'write host/path:version'),
  ];
}

function kubeletFaults({ nodes: { kubelet } }: Estate): string[] {
  const { evictionHard: hard, evictionSoft: soft } = kubelet;
  const late = (['memoryAvailable', 'nodefsAvailable', 'imagefsAvailable'] as const).filter(
    (signal) => !(amount(soft, signal) > amount(hard, signal)),
  );
  return [
    ...check(
      'estate.nodes.kubelet.maxParallelImagePulls',
      kubelet.maxParallelImagePulls,
      count,
      'write how many images at a time',
    ),
    ...check(
      'estate.nodes.kubelet.reserved.memory',
      kubelet.reserved.memory,
      quantity,
      'write a quantity such as "512Mi"',
    ),
    ...check(
      'estate.nodes.kubelet.containerLog.maxSize',
      kubelet.containerLog.maxSize,
      quantity,
      'write a quantity such as "10Mi"',
    ),
    ...late.map(
      (signal) =>
        `estate.nodes.kubelet.evictionSoft.${signal}: is not above the hard threshold of "${hard[signal]}", got "${soft[signal]}"; raise it, so that pods are asked before they are killed`,
    ),
  ];
}

function shutdownFaults({ nodes: { kubelet } }: Estate): string[] {
  const total = kubelet.shutdownGrace.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    ...(kubelet.inhibitDelayMaxSeconds > total
      ? []
      : [
          `estate.nodes.kubelet.inhibitDelayMaxSeconds: cuts a shutdown that takes ${total} s, got ${kubelet.inhibitDelayMaxSeconds}; raise it above the sum of shutdownGrace`,
        ]),
    ...(kubelet.stopTimeoutSeconds > total
      ? []
      : [
          `estate.nodes.kubelet.stopTimeoutSeconds: kills the kubelet in a shutdown that takes ${total} s, got ${kubelet.stopTimeoutSeconds}; raise it above the sum of shutdownGrace`,
        ]),
  ];
}

function amount(thresholds: EvictionThresholds, signal: keyof EvictionThresholds): number {
  const value = thresholds[signal];
  return value.endsWith('%') ? Number(value.slice(0, -1)) : quantityBytes(value);
}
