import { formatAge, formatBytes } from '../../terminal/quantities';
import type { Reading } from './measurements';
import type { GateRow } from './overview';

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
  if (minutes < -60) return `in the future, got ${second}`;
  if (minutes < 120) return `${Math.max(minutes, 0)} min ago`;
  return `${formatAge(Math.floor(minutes / 60))} ago`;
}

export function gateWords({ holds, state, ageDays }: GateRow): string {
  return holds && state === 'measured' && ageDays !== undefined ? `measured ${ageDays} d ago` : state;
}
