import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNetwork } from '../../lab/network/cluster-network';
import { findTool } from '../../lab/programs/find-tool';
import type { LabContext } from '../../lab/process/lab-context';

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
  const { path, version } = await findTool('coredns', lab.progress);
  const folder = lab.serverFolder(name);
  const blocks = Object.entries(zones).map(([zone, content]) => {
    const file = join(folder, `${zone}.zone`);
    writeFileSync(file, content);
    const plugin = content.includes('\n') ? `file ${file}` : `hosts {\n    ${content} ${zone}\n  }`;
    return `${zone}:53 {\n  bind ${address}\n  ${plugin}\n}\n`;
  });
  const corefile = join(folder, 'Corefile');
  writeFileSync(corefile, blocks.join(''));
  const [command, ...args] = [...network.enter, path, '-conf', corefile];
  await lab.start({
    ...{ name, version, address: `${address}:53`, command, args },
    ready: () => Promise.resolve(readFileSync(join(lab.folder, `${name}.log`), 'utf8').includes('CoreDNS-')),
  });
}
