/**
 * The inner end of a cluster network, a process in its network namespace: each connection goes on to a socket file. The
 * other way leads a tunnel, an HTTP proxy on a socket file, as the API server's egress selector speaks it.
 */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import type { RelayListener } from './cluster-network';

const [configuration = '', tunnelSocket = '', readyFile = ''] = process.argv.slice(2);
const listeners = JSON.parse(readFileSync(configuration, 'utf8')) as readonly RelayListener[];

Promise.all([...listeners.map(listen), serveTunnel()]).then(
  () => {
    writeFileSync(readyFile, '');
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);

async function listen({ address, port, socket }: RelayListener): Promise<void> {
  const server = createServer((client) => {
    const target = connect(socket);
    client.pipe(target).pipe(client);
    client.on('error', () => target.destroy());
    target.on('error', () => client.destroy());
  });
  await once(server.listen(port, address), 'listening');
}

async function serveTunnel(): Promise<void> {
  const proxy = createHttpServer();
  proxy.on('connect', ({ url = '' }, client, head) => {
    const { hostname, port } = new URL(`tcp://${url}`);
    const target = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      target.write(head);
      client.pipe(target).pipe(client);
    });
    client.on('error', () => target.destroy());
    target.on('error', () => client.destroy());
  });
  await once(proxy.listen(tunnelSocket), 'listening');
}
