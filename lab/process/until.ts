import { setTimeout as sleep } from 'node:timers/promises';

/** What `ask` answers as soon as that is not undefined; undefined where it still is when the time is over. */
export async function until<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  { timeoutMs, everyMs = 50 }: { readonly timeoutMs: number; readonly everyMs?: number },
): Promise<T | undefined> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || Date.now() > deadline) return answer;
    await sleep(everyMs);
  }
}
