/** A stretch of turns: those after `sinceMs`, up to and with `untilMs`. */
export interface Slot {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** 48 bits of the hash: enough to spread every registry, and exact in a number. */
const phaseBits = 48;

/**
 * Whether the bytes of this digest are to be read again in this slot, when everything is to be read once in
 * `periodMs`: the hash itself says when its turn is, so turns are spread evenly and never move.
 */
export function isDue(digest: string, periodMs: number, { sinceMs, untilMs }: Slot): boolean {
  return periodMs <= 0 || ageAt(digest, periodMs, untilMs) < untilMs - sinceMs;
}

/** How long ago the last turn of this digest was. */
export function ageAt(digest: string, periodMs: number, atMs: number): number {
  if (periodMs <= 0) return 0;
  const turn = phaseOf(digest) * periodMs;
  return (((atMs - turn) % periodMs) + periodMs) % periodMs;
}

/** Where in a period the turn of a digest is, from 0 up to 1. */
function phaseOf(digest: string): number {
  const hex = digest.indexOf(':') + 1;
  return parseInt(digest.slice(hex, hex + phaseBits / 4), 16) / 2 ** phaseBits;
}
