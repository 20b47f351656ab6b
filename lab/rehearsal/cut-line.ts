import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Other addresses of servers. */
export interface CutLine {
  readonly urls: readonly string[];
  readonly wasCut: () => boolean;
  readonly stop: () => void;
}

/**
 * Passes requests on to servers until the n-th of them all: that one is carried out, its answer is lost, and nothing comes
 * behind it. To the servers, who asked was killed while it waited.
 */
export async function cutLine(servers: readonly string[], at: number): Promise<CutLine> {
  let seen = 0;
  const lines = servers.map((to) =>
    createServer((asked, answered) => {
      const place = (seen += 1);
      if (place > at) {
        asked.socket.destroy();
        return;
      }
      const { method, headers } = asked;
      const passed = request(new URL(asked.url ?? '/', to), { method, headers, agent: false });
      passed.on('response', (response) => {
        if (place === at) {
          response.resume();
          asked.socket.destroy();
          return;
        }
        answered.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answered);
      });
      passed.on('error', () => answered.destroy());
      asked.pipe(passed);
    }),
  );
  for (const line of lines)
    await new Promise<void>((resolve) => {
      line.listen(0, '127.0.0.1', resolve);
    });
  return {
    urls: lines.map((line) => `http://127.0.0.1:${(line.address() as AddressInfo).port}`),
    wasCut: () => seen >= at,
    stop: () => {
      for (const line of lines) {
        line.close();
        line.closeAllConnections();
      }
    },
  };
}
