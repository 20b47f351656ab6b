/**
 * The listening end of a cluster network: a process of its own, because the addresses exist in its network
 * namespace alone. Each connection goes on to a socket file, which is reached from there as from anywhere.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { RelayListener } from './cluster-network';

const [configuration = '', readyFile = ''] = process.argv.slice(2);
const listeners = JSON.parse(readFileSync(configuration, 'utf8')) as readonly RelayListener[];

Promise.all(listeners.map(listen)).then(
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
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, address, resolve);
  });
}
