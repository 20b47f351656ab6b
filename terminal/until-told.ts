/**
 * Ctrl-C, a pipeline that is told to end, a terminal that closes: what runs is told, ends by itself and gives its lock back.
 * A second time ends this process at once.
 */
export function untilTold(): AbortSignal {
  const told = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      told.abort();
    });
  return told.signal;
}
