import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNetwork } from '../network/cluster-network';
import { findTool } from '../programs/find-tool';
import type { LabContext } from '../process/lab-context';

export interface CoreDnsProps {
  readonly network: ClusterNetwork;
  /** An address of the cluster's network. */
  readonly address: string;
  /** A kubeconfig that works in the cluster's network. */
  readonly kubeconfig: string;
  /** Names outside the cluster, to the address that each has in production. */
  readonly names: Readonly<Record<string, string>>;
}

/** Starts the name server of nodes and pods: the cluster's Services, and the names given; no other name exists. */
export async function startCoreDns(lab: LabContext, props: CoreDnsProps): Promise<void> {
  const { network, address, kubeconfig, names } = props;
  const tool = await findTool('coredns', lab.progress);
  const folder = lab.serverFolder('coredns');
  const zone = join(folder, 'root.zone');
  const records = Object.entries(names).map(([host, ip]) => `${host}. 1 IN A ${ip}`);
  writeFileSync(
    zone,
    ['. 1 IN SOA lab. lab. 1 3600 600 86400 1', '. 1 IN NS lab.', ...records, ''].join('\n'),
  );
  const corefile = join(folder, 'Corefile');
  writeFileSync(
    corefile,
    [
      ...['cluster.local:53 in-addr.arpa:53 {', `  bind ${address}`, '  errors'],
      // A Service that was made again is found at once.
      ...['  kubernetes {', `    kubeconfig ${kubeconfig}`, '    ttl 1', '  }', '}'],
      ...['.:53 {', `  bind ${address}`, '  errors', `  file ${zone}`, '}', ''],
    ].join('\n'),
  );
  const [command, ...args] = [...network.enter, tool.path, '-conf', corefile];
  await lab.start({
    name: 'coredns',
    version: tool.version,
    address: `${address}:53`,
    command,
    args,
    // Printed once every zone is served and the cluster's objects are known.
    ready: () => Promise.resolve(readFileSync(join(lab.folder, 'coredns.log'), 'utf8').includes('CoreDNS-')),
  });
}
