import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabContext } from '../process/lab-context';
import { startProgram, type ProgramProps } from '../programs/start-program';

export interface CoreDnsProps extends Pick<ProgramProps, 'name' | 'within'> {
  /** `host:port` of its blocks, for the table of servers. */
  readonly address: string;
  readonly corefile: string;
}

/** Starts a CoreDNS; resolves when every zone is served and a cluster's objects are known. */
export async function startCoreDns(lab: LabContext, props: CoreDnsProps): Promise<void> {
  const { name = 'coredns', address, corefile, within = [] } = props;
  const file = join(lab.serverFolder(name), 'Corefile');
  writeFileSync(file, corefile);
  await startProgram(lab, {
    ...{ tool: 'coredns', name, address, within, args: ['-conf', file] },
    ready: () => Promise.resolve(readFileSync(join(lab.folder, `${name}.log`), 'utf8').includes('CoreDNS-')),
  });
}

/** A zone of the root that knows the addresses of these names alone, each for a second. */
export function zoneOf(names: Iterable<readonly [name: string, address: string]>, serial = 1): string {
  const records = [...names].map(([name, address]) => `${name}. 1 IN A ${address}\n`);
  return `. 1 IN SOA lab. lab. ${serial} 3600 600 86400 1\n. 1 IN NS lab.\n${records.join('')}`;
}
