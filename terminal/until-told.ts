import { exit } from './exit-codes';

/** How a person, a terminal that closes, or a machine that goes down ends a process. */
export const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborts at Ctrl-C, SIGTERM or a terminal that closes, so that what runs gives its lock back; a second time ends at once. */
export function untilTold(): AbortSignal {
  const told = new AbortController();
  for (const signal of endings)
    process.once(signal, () => {
      told.abort();
      // Not by the signal itself, behind which nothing is removed.
      process.once(signal, () => process.exit(exit.failed));
    });
  return told.signal;
}
