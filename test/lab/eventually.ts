import { setTimeout as sleep } from 'node:timers/promises';

/** What `ask` answers once that is not undefined; rejects when it still is after a minute. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not so within a minute`);
    await sleep(100);
  }
}
