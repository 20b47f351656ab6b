const units = [
  { minutes: 24 * 60, letter: 'd', word: 'day' },
  { minutes: 60, letter: 'h', word: 'hour' },
  { minutes: 1, letter: 'm', word: 'minute' },
] as const;

const unitOf = (minutes: number): (typeof units)[number] =>
  units.find((one) => minutes % one.minutes === 0) ?? units[2];

/** Whole minutes as Prometheus writes a duration, in the largest unit that is exact: `26h`. */
export function promDuration(minutes: number): string {
  const unit = unitOf(minutes);
  return `${minutes / unit.minutes}${unit.letter}`;
}

/** The same for a person: `26 hours`. */
export function inWords(minutes: number): string {
  const { minutes: each, word } = unitOf(minutes);
  return `${minutes / each} ${word}${minutes === each ? '' : 's'}`;
}
