import { readFileSync } from 'node:fs';

/** A process that can be told from a later one which was given the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start: field 22 of proc(5)'s stat. */
  readonly startTicks: number;
}

/** The identity of a running process, or undefined when there is none (a zombie has ended). */
export function identify(pid: number): ProcessIdentity | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command, field 2, is in parentheses and may itself hold spaces and parentheses.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  return { pid, startTicks: Number(fields[18]) };
}

export function isRunning({ pid, startTicks }: ProcessIdentity): boolean {
  return identify(pid)?.startTicks === startTicks;
}

/** Who a file says owns something; undefined where it is not written yet, or removed meanwhile. */
export function readIdentity(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

export function self(): ProcessIdentity {
  const identity = identify(process.pid);
  if (identity === undefined)
    throw new Error(`lab: /proc/${process.pid}/stat is unreadable; the lab needs Linux`);
  return identity;
}
