import type { Estate } from '../estate/estate';
import { adminUser } from './admin-user';
import type { CloudConfig } from './cloud-config';
import { kubernetesNode, nodeEffectCommands } from './kubernetes-node';
import type { ManagedFile } from './managed-file';

const joinScript = '/root/join-cluster';

/**
 * The first boot of a Kubernetes node. cloud-init writes files before it installs packages and keeps what it wrote
 * (`--force-confold`), so that containerd and the kubelet find their configuration when they start for the first time;
 * commands come last, and the node joins with the last of them.
 */
export function kubernetesNodeCloudConfig(estate: Estate): CloudConfig {
  const { directories, files } = kubernetesNode(estate);
  const { apt, packages, kubernetesPackages, joinCommand, swap } = estate.nodes;
  return {
    users: [adminUser(estate)],
    aptSources: { 'docker.list': apt.docker, 'kubernetes.list': apt.kubernetes },
    packages: [...packages, ...kubernetesPackages],
    swap: { filename: swap.path, size: `${swap.gibibytes}G` },
    write_files: [...files, join(joinCommand)],
    runcmd: [
      ['install', '--directory', '--mode=0755', ...directories],
      ['systemctl', 'enable', '--now', 'fstrim.timer'],
      ['systemctl', 'disable', '--now', 'unattended-upgrades'],
      ['apt-mark', 'hold', ...kubernetesPackages],
      ...nodeEffectCommands(['sysctl', 'resolved', 'journald', 'logind', 'containerd']),
      ['sh', joinScript],
    ],
  };
}

/** Stays on the node, for its administrator to run again, as long as the node has not joined. */
function join(joinCommand: Estate['nodes']['joinCommand']): ManagedFile<'none'> {
  return {
    path: joinScript,
    mode: '0600',
    content: ['#!/bin/sh\nset -eu\n', { vault: joinCommand }, '\nrm -- "$0"\n'],
    effect: 'none',
  };
}
