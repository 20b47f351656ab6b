import { setTimeout as sleep } from 'node:timers/promises';
import { said } from '../terminal/said';
import { kubectl } from './machine-command';
import type { Run } from './run-command';

/** What is said of work that its operator ended. */
export const stoppedByOperator = 'stopped by its operator';

/** A cluster, as an operator's kubectl reaches it. */
export interface Cluster {
  /** What kubectl printed. @throws Error with its last lines where it fails */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
  /** Objects of a kind, `get`'s arguments without their form. */
  readonly items: <T>(args: readonly string[]) => Promise<readonly T[]>;
  readonly apply: (object: object) => Promise<void>;
  /** Also of what is not there. */
  readonly remove: (kind: string, name: string, namespace: string) => Promise<void>;
}

/** @param signal ends what runs and keeps more from being begun; what was begun can still be removed. @default nobody does */
export function clusterBy(run: Run, signal?: AbortSignal): Cluster {
  const asked = async (args: readonly string[], input?: string, until = signal): Promise<string> => {
    const isTold = (): boolean => until?.aborted === true;
    if (isTold()) throw new Error(stoppedByOperator);
    const ran = await run(kubectl(args, input), until);
    if (ran.code === 0) return ran.stdout;
    if (isTold()) throw new Error(stoppedByOperator);
    throw new Error(
      `kubectl: "${args.slice(0, 4).join(' ')}" failed, got ${said(ran)}; correct KUBECONFIG, or look at the cluster`,
    );
  };
  return {
    kubectl: (args, input) => asked(args, input),
    items: async <T>(args: readonly string[]) =>
      (JSON.parse(await asked(['get', ...args, '-o', 'json'])) as { items: readonly T[] }).items,
    apply: async (object) => {
      await asked(['apply', '-f', '-'], JSON.stringify(object));
    },
    remove: async (kind, name, namespace) => {
      // A group of its own too, which a terminal's Ctrl-C does not reach.
      const own = signal && new AbortController().signal;
      await asked(['delete', kind, name, '-n', namespace, '--ignore-not-found', '--timeout=120s'], '', own);
    },
  };
}

/** Looks until something is found, at once and ever more seldom: every second in the end. @throws Error where it did not come */
export async function within<T>(
  seconds: number,
  what: string,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const endMs = Date.now() + seconds * 1000;
  for (let pauseMs = 50; ; pauseMs = Math.min(2 * pauseMs, 1000)) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() >= endMs)
      throw new Error(`${what}: did not come within ${seconds} s, got nothing; look at the cluster's events`);
    await sleep(pauseMs);
  }
}
