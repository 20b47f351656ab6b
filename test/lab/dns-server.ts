import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNetwork } from '../../lab/network/cluster-network';
import type { LabContext } from '../../lab/process/lab-context';
import { startCoreDns } from '../../lab/servers/coredns';

export interface DnsServerProps {
  readonly name: string;
  /** Where it listens in the network, on port 53. */
  readonly address: string;
  /** Each name that it answers for: the text of its zone file, or one address. It knows no other. */
  readonly zones: Readonly<Record<string, string>>;
  readonly network: ClusterNetwork;
}

/** Starts CoreDNS in the place of one of the homelab's DNS servers. */
export async function startDnsServer(
  lab: LabContext,
  { name, address, zones, network }: DnsServerProps,
): Promise<void> {
  const folder = lab.serverFolder(name);
  const blocks = Object.entries(zones).map(([zone, content]) => {
    const file = join(folder, `${zone}.zone`);
    writeFileSync(file, content);
    const plugin = content.includes('\n') ? `file ${file}` : `hosts {\n    ${content} ${zone}\n  }`;
    return `${zone}:53 {\n  bind ${address}\n  ${plugin}\n}\n`;
  });
  const corefile = blocks.join('');
  await startCoreDns(lab, { name, corefile, within: network.enter });
}
