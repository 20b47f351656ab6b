import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import type { Certificate } from '../process/certificate-authority';
import type { LabContext } from '../process/lab-context';

/** An address of the cluster's network and the lab's server that answers there. */
export interface Route {
  /** An IPv4 address in 10.0.0.0/8, as it stands in the estate or in the cluster. */
  readonly address: string;
  readonly port: number;
  /** `host:port` on this machine's loopback. */
  readonly to: string;
  /** Speaks TLS before that server, as a reverse proxy on its machine would. @default none, bytes pass as they are */
  readonly certificate?: Certificate;
}

/** A network in which the lab's servers stand at the addresses that they have in production, and nothing else does. */
export interface ClusterNetwork {
  /** What a command is preceded by to run inside. */
  readonly enter: readonly string[];
  /** A socket file whose HTTP proxy (CONNECT) leads inside. */
  readonly tunnelSocket: string;
}

/** Where the tunnel into a lab's cluster network is, known before the network is there. */
export function tunnelSocketOf(lab: LabContext): string {
  return join(lab.serverFolder('cluster-network'), 'tunnel.sock');
}

/** What the process inside listens on, and the socket file that leads out. */
export interface RelayListener {
  readonly address: string;
  readonly port: number;
  readonly socket: string;
}

const tsx = require.resolve('tsx');

/**
 * A network namespace of its own: all of 10.0.0.0/8 is on its loopback, the named ports lead to the lab's servers,
 * every other connection is refused and none leaves the machine. Takes root and iproute2.
 */
export async function startClusterNetwork(
  lab: LabContext,
  routes: readonly Route[],
): Promise<ClusterNetwork> {
  const folder = lab.serverFolder('cluster-network');
  const listeners: RelayListener[] = [];
  for (const [index, { address, port, ...target }] of routes.entries()) {
    const socket = join(folder, `${index}.sock`);
    const server = await leadTo(socket, target);
    lab.atEnd(() => {
      server.close();
      return Promise.resolve();
    });
    listeners.push({ address, port, socket });
  }
  const configuration = join(folder, 'listeners.json');
  const readyFile = join(folder, 'ready');
  writeFileSync(configuration, JSON.stringify(listeners));
  const script = 'ip link set lo up && ip route add local 10.0.0.0/8 dev lo && exec "$@"';
  const tunnelSocket = tunnelSocketOf(lab);
  const relay = [
    ...[process.execPath, '--import', tsx, join(__dirname, 'relay.ts')],
    ...[configuration, tunnelSocket, readyFile],
  ];
  const { identity } = await lab.start({
    name: 'cluster-network',
    command: 'unshare',
    args: ['--net', '--', 'sh', '-c', script, 'sh', ...relay],
    ready: () => Promise.resolve(existsSync(readyFile)),
  });
  return { enter: ['nsenter', `--net=/proc/${identity.pid}/ns/net`, '--'], tunnelSocket };
}

/** Serves a socket file whose connections end at a loopback port. Keeps no process alive. */
async function leadTo(
  socket: string,
  { to, certificate }: Pick<Route, 'to' | 'certificate'>,
): Promise<Server> {
  const [host, port] = to.split(':');
  const accept = (inner: Socket): void => {
    const outer = connect(Number(port), host);
    inner.pipe(outer).pipe(inner);
    inner.on('error', () => outer.destroy());
    outer.on('error', () => inner.destroy());
    inner.unref();
    outer.unref();
  };
  const pem = certificate && {
    ...{ cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) },
  };
  const server = pem === undefined ? createServer(accept) : createTlsServer(pem, accept);
  await once(server.listen(socket), 'listening');
  return server.unref();
}
