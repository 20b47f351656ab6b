const units = [
  { minutes: 24 * 60, letter: 'd', word: 'day' },
  { minutes: 60, letter: 'h', word: 'hour' },
  { minutes: 1, letter: 'm', word: 'minute' },
] as const;

/** Whole minutes as Prometheus writes a duration, in the largest unit that is exact: `26h`. */
export function promDuration(minutes: number): string {
  const unit = units.find((one) => minutes % one.minutes === 0) ?? units[2];
  return `${minutes / unit.minutes}${unit.letter}`;
}

/** The same for a person: `26 hours`. */
export function inWords(minutes: number): string {
  const unit = units.find((one) => minutes % one.minutes === 0) ?? units[2];
  const count = minutes / unit.minutes;
  return `${count} ${unit.word}${count === 1 ? '' : 's'}`;
}
