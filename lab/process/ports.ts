import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range that Linux gives to outgoing connections (net.ipv4.ip_local_port_range), so that
// none of them takes a port between its choice here and its server's start.
const first = 20_000;
const last = 32_000;
const attempts = 200;
// Workers of one test run choose from ranges of their own: none takes a port between another's choice and its server's start.
const width = 1_500;
const start = process.ppid * 997 + Number(process.env['JEST_WORKER_ID'] ?? 0) * width;
const given = new Set<number>();

/** A loopback port that is free now and was not given to anyone else in this process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = first + ((start + Math.floor(Math.random() * width)) % (last - first));
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
  throw new Error(`lab: no free port found between ${first} and ${last} in ${attempts} attempts`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  const isListening = await once(probe, 'listening').catch(() => undefined);
  probe.close();
  return isListening !== undefined;
}
