import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNetwork } from '../network/cluster-network';
import type { LabContext } from '../process/lab-context';
import { startCoreDns, zoneOf } from './coredns';

export interface ClusterDnsProps {
  readonly network: ClusterNetwork;
  /** An address of the cluster's network. */
  readonly address: string;
  /** A kubeconfig that works in the cluster's network. */
  readonly kubeconfig: string;
  /** Names outside the cluster, to the address that each has in production. */
  readonly names: Readonly<Record<string, string>>;
}

/** Starts the name server of nodes and pods: the cluster's Services, and the names given; no other name exists. */
export async function startClusterDns(lab: LabContext, props: ClusterDnsProps): Promise<void> {
  const { network, address, kubeconfig, names } = props;
  const zone = join(lab.serverFolder('coredns'), 'root.zone');
  writeFileSync(zone, zoneOf(Object.entries(names)));
  await startCoreDns(lab, {
    address: `${address}:53`,
    within: network.enter,
    corefile: [
      ...['cluster.local:53 in-addr.arpa:53 {', `  bind ${address}`, '  errors'],
      // A Service that was made again is found at once.
      ...['  kubernetes {', `    kubeconfig ${kubeconfig}`, '    ttl 1', '  }', '}'],
      ...['.:53 {', `  bind ${address}`, '  errors', `  file ${zone}`, '}', ''],
    ].join('\n'),
  });
}
