import { Resolver } from 'node:dns/promises';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabContext } from '../../lab/process/lab-context';
import { freePort } from '../../lab/process/ports';
import { until } from '../../lab/process/until';
import { startCoreDns, zoneOf } from '../../lab/servers/coredns';

/** A DNS server on loopback that knows the addresses of a few names, as Docker's knows its containers. */
export interface LoopbackDns {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** What it answers now. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Gives a name an address, or takes it from it; resolves when questions are answered so. */
  set(name: string, address: string | undefined): Promise<void>;
}

const timeoutMs = 10_000;

/** Starts a CoreDNS for these names; every other does not exist. */
export async function startLoopbackDns(
  lab: LabContext,
  names: Readonly<Record<string, string>> = {},
): Promise<LoopbackDns> {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const zone = join(lab.serverFolder('loopback-dns'), 'root.zone');
  const addresses = new Map(Object.entries(names));
  let serial = 1;
  writeFileSync(zone, zoneOf(addresses, serial));
  const corefile = `.:${port} {\n  bind 127.0.0.1\n  errors\n  file ${zone} {\n    reload 100ms\n  }\n}\n`;
  await startCoreDns(lab, { name: 'loopback-dns', corefile });
  const resolver = new Resolver();
  resolver.setServers([host]);
  return {
    ...{ host, addresses },
    set: async (name, address) => {
      if (address === undefined) addresses.delete(name);
      else addresses.set(name, address);
      serial += 1; // it reads a zone again when its serial is another
      writeFileSync(zone, zoneOf(addresses, serial));
      const answered = await until(
        async () => {
          const [answer] = await resolver.resolve4(name).catch(() => []);
          return answer === address ? true : undefined;
        },
        { timeoutMs },
      );
      if (answered === undefined)
        throw new Error(`lab: ${host} does not answer ${address ?? 'nothing'} for "${name}"`);
    },
  };
}
