import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** In front of which server, and what every request waits. */
export interface SlowRelayProps {
  readonly url: string;
  readonly latencyMs: number;
}

/** Serves on loopback in a process of its own and reads nothing, so that its time is not that of what is measured. */
process.once('message', ({ url, latencyMs }: SlowRelayProps) => {
  const { hostname, port } = new URL(url);
  const server = createServer({ allowHalfOpen: true }, (asking) => {
    const asked = connect({ host: hostname, port: Number(port) });
    asking.on('data', (chunk) => setTimeout(() => asked.write(chunk), latencyMs));
    asking.on('end', () => setTimeout(() => asked.end(), latencyMs));
    asked.pipe(asking);
    asking.on('error', () => asked.destroy());
    asked.on('error', () => asking.destroy());
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
});
