/** What work has left to unwind in, once its signal is aborted. */
export const WORK_GRACE_MS = 800;
/** For what listens to the signal that it is handed: to end by itself and tell what became of it. */
const LISTENING_MS = 200;

/**
 * Runs a task that may go on for `graceMs` after `signal` was aborted, and gives it up then, whether it listens or not: the
 * promise that is returned always settles. The task is handed a signal that is aborted at that moment.
 */
export async function withGrace<T>(
  signal: AbortSignal,
  graceMs: number,
  task: (late: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const givenUp = new Promise<never>((_, reject) => {
    late.signal.addEventListener('abort', () => {
      timer = setTimeout(() => {
        reject(signal.reason as Error);
      }, LISTENING_MS);
    });
  });
  const start = (): void => {
    timer = setTimeout(() => {
      late.abort(signal.reason);
    }, graceMs);
  };
  if (signal.aborted) start();
  else signal.addEventListener('abort', start, { once: true });
  try {
    return await Promise.race([task(late.signal), givenUp]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', start);
  }
}
