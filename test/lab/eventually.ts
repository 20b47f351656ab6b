import { until } from '../../lab/process/until';

/** What `ask` answers once that is not undefined; rejects when it still is after a minute. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const answer = await until(ask, { timeoutMs: 60_000, everyMs: 100 });
  if (answer === undefined) throw new Error(`${what}: not so within a minute`);
  return answer;
}
