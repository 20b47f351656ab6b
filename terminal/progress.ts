import type { Terminal } from './terminal';

/** Told what a slow step is doing, one line at a time. */
export type Progress = (line: string) => void;

/** A line that is written over and over, for a person who waits; silent where nobody could read it so. */
export function runningLine({ err, interactive }: Terminal): {
  readonly show: Progress;
  readonly end: () => void;
} {
  let width = 0;
  return {
    show: (line) => {
      if (!interactive) return;
      err(`\r${line.padEnd(width)}`);
      width = line.length;
    },
    end: () => {
      if (width > 0) err('\n');
    },
  };
}

/** Each step on a line of its own, as it begins. */
export const tellingSteps =
  ({ err }: Pick<Terminal, 'err'>): Progress =>
  (line) => {
    err(`${line} …\n`);
  };

/** `[######........] 3/7 repositories` */
export function bar(done: number, of: number, noun: string): string {
  const width = 30;
  const filled = of === 0 ? width : Math.min(width, Math.round((done / of) * width));
  return `[${'#'.repeat(filled).padEnd(width, '.')}] ${done}/${of} ${noun}`;
}

/** Says every 30 s how long work has taken so far, such as `building gitea: 211 s so far`. */
export async function sayingHowLong<T>(what: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const ticker = setInterval(() => {
    progress(`${what}: ${Math.round((Date.now() - started) / 1000)} s so far`);
  }, 30_000);
  try {
    return await work();
  } finally {
    clearInterval(ticker);
  }
}
