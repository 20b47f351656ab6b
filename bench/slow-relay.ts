import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** In front of which server, and what every answer waits. */
export interface SlowRelayProps {
  readonly url: string;
  readonly latencyMs: number;
}

/** Serves on loopback in a process of its own, so that its time is not that of what is measured. */
process.once('message', ({ url, latencyMs }: SlowRelayProps) => {
  const server = createServer((asked, answered) => {
    setTimeout(() => {
      const forward = request(new URL(asked.url ?? '/', url), {
        method: asked.method,
        headers: asked.headers,
      });
      forward.on('response', (response) => {
        answered.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answered);
      });
      forward.on('error', () => answered.destroy());
      asked.pipe(forward);
    }, latencyMs);
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
});
