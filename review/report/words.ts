import { formatAge, formatBytes } from '../../terminal/quantities';
import { maxAheadMinutes } from '../../estate/derived/claim-states';
import type { Reading } from './measurements';
import { resultsThat, type Overview } from './overview';

/** What a person reads of one number: `well` has a mark of its own beside any colour. */
export function readingWords(
  { unit, value, saw, isWell }: Reading,
  nowMs: number,
): { readonly mark: 'well' | 'not so' | 'unknown' | ''; readonly text: string } {
  if (value === undefined) return { mark: 'unknown', text: saw ?? 'not known' };
  const texts: Readonly<Record<Reading['unit'], () => string>> = {
    time: () => since(value, nowMs),
    count: () => String(value),
    bytes: () => formatBytes(value),
    yes: () => (value === 1 ? 'yes' : 'no'),
  };
  return {
    mark: isWell === undefined ? '' : isWell(value, nowMs) ? 'well' : 'not so',
    text: texts[unit](),
  };
}

/** A clock may be ahead of ours; a time far ahead of it is nobody's. */
function since(second: number, nowMs: number): string {
  const minutes = Math.round((nowMs / 1000 - second) / 60);
  if (minutes < -maxAheadMinutes) return `in the future, got ${second}`;
  if (minutes < 120) return `${Math.max(minutes, 0)} min ago`;
  return `${formatAge(Math.floor(minutes / 60))} ago`;
}

/** Whether nothing waits for anybody: no fault, no open gate, and whoever was asked had only good to tell. */
export function isWell(overview: Overview): boolean {
  const { mark } = verdictWords(overview);
  return mark === 'well' || (mark === 'unknown' && overview.measured === undefined);
}

/** The whole in one line: the worst that is known, then what is not known. */
export function verdictWords(overview: Overview): {
  readonly mark: 'well' | 'not so' | 'unknown';
  readonly text: string;
} {
  const count = (list: readonly unknown[], what: string): string =>
    `${list.length} ${what}${list.length === 1 ? '' : 's'}`;
  const { faults, gates, measured } = overview;
  const open = gates.filter(({ holds }) => !holds);
  const bad = [
    ...(faults.length === 0 ? [] : [count(faults, 'fault')]),
    ...(open.length === 0 ? [] : [count(open, 'open gate')]),
    ...resultsThat(overview, 'not so').map(({ title }) => `${title} is not as it should be`),
  ];
  if (bad.length > 0) return { mark: 'not so', text: bad.join('; ') };
  if (measured === undefined)
    return { mark: 'unknown', text: 'no fault in the estate; nobody was asked for results' };
  const unknown = resultsThat(overview, 'unknown').map(
    ({ title, whats }) => `${title} (${whats.join(', ')})`,
  );
  if (unknown.length > 0) return { mark: 'unknown', text: `not known: ${unknown.join('; ')}` };
  return { mark: 'well', text: 'all is as it should be' };
}
