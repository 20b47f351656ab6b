/** Aborts at Ctrl-C, SIGTERM or a terminal that closes, so that what runs gives its lock back; a second time ends at once. */
export function untilTold(): AbortSignal {
  const told = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      told.abort();
    });
  return told.signal;
}
