import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabContext } from '../process/lab-context';
import { startProgram, type ProgramProps } from '../programs/start-program';
import type { ClusterNetwork } from '../network/cluster-network';

export interface CoreDnsProps extends Pick<ProgramProps, 'name' | 'within'> {
  readonly corefile: string;
}

/** Starts a CoreDNS; resolves when every zone is served and a cluster's objects are known. */
export async function startCoreDns(lab: LabContext, props: CoreDnsProps): Promise<void> {
  const { name = 'coredns', corefile, within = [] } = props;
  const file = join(lab.serverFolder(name), 'Corefile');
  writeFileSync(file, corefile);
  await startProgram(lab, {
    ...{ tool: 'coredns', name, within, args: ['-conf', file] },
    ready: () => Promise.resolve(readFileSync(join(lab.folder, `${name}.log`), 'utf8').includes('CoreDNS-')),
  });
}

/** A zone of the root that knows the addresses of these names alone, each for a second. */
export function zoneOf(names: Iterable<readonly [name: string, address: string]>, serial = 1): string {
  const records = [...names].map(([name, address]) => `${name}. 1 IN A ${address}\n`);
  return `. 1 IN SOA lab. lab. ${serial} 3600 600 86400 1\n. 1 IN NS lab.\n${records.join('')}`;
}

interface ClusterDnsProps {
  readonly network: ClusterNetwork;
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
    within: network.enter,
    corefile: [
      ...['cluster.local:53 in-addr.arpa:53 {', `  bind ${address}`, '  errors'],
      // A Service that was made again is found at once.
      ...['  kubernetes {', `    kubeconfig ${kubeconfig}`, '    ttl 1', '  }', '}'],
      ...['.:53 {', `  bind ${address}`, '  errors', `  file ${zone}`, '}', ''],
    ].join('\n'),
  });
}
