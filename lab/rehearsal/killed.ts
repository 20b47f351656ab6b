import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** At which of its first calls a step is killed, before it is done again. */
export type KillAt = (what: string, within: number) => number;

/** How often each of these steps is killed, and within how many of its first calls; each cutover is once. */
export const kills = {
  bootstrap: { times: 8, within: 12 },
  copy: { times: 5, within: 300 },
  revisions: { times: 3, within: 8 },
};

/** Does a step as often as it is killed; what it says then is not heard by anybody. */
export async function killedAndAgain(
  step: 'bootstrap' | 'copy',
  killAt: KillAt | undefined,
  servers: readonly string[],
  run: (urls: readonly string[]) => Promise<unknown>,
): Promise<string> {
  if (killAt === undefined) return '';
  const { times, within } = kills[step];
  let dead = 0;
  for (let kill = 0; kill < times; kill += 1) {
    const line = await cutLine(servers, killAt(`${step} ${kill}`, within));
    await run(line.urls).catch(() => undefined);
    line.stop();
    if (line.wasCut()) dead += 1;
  }
  return `${dead} killed; `;
}

interface CutLine {
  readonly urls: readonly string[];
  readonly wasCut: () => boolean;
  readonly stop: () => void;
}

/** Passes requests on to servers until the n-th: it is carried out, its answer is lost, and nothing comes behind it. */
async function cutLine(servers: readonly string[], at: number): Promise<CutLine> {
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
