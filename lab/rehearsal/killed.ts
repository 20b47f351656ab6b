import { cutLine } from './cut-line';

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
