import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ageAt, isDue, type Slot } from '../../../programs/integrity-probe/slot';

const minute = 60_000;
const interval = 15 * minute;
const day = 24 * 60 * minute;
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);
const start = fc.integer({ min: 0, max: 2_000_000_000 }).map((seconds) => seconds * 1000);

/** The slot of a run of a schedule that was never late. */
function slotAt(nowMs: number, intervalMs: number): Slot {
  const untilMs = Math.floor(nowMs / intervalMs) * intervalMs;
  return { sinceMs: untilMs - intervalMs, untilMs };
}

describe('every digest', () => {
  it('has its turn exactly once in a period', () => {
    fc.assert(
      fc.property(digest, start, fc.constantFrom(1, 7, 30), (name, time, days) => {
        const turns = Array.from({ length: (days * day) / interval }, (_, run) =>
          slotAt(time + run * interval, interval),
        ).filter((slot) => isDue(name, days * day, slot));
        expect(turns).toHaveLength(1);
      }),
      { numRuns: 50 },
    );
  });

  it('is in every run when the period is no longer than the interval', () => {
    fc.assert(
      fc.property(digest, start, (name, time) => {
        expect(isDue(name, interval, slotAt(time, interval))).toBe(true);
        expect(isDue(name, 0, slotAt(time, interval))).toBe(true);
      }),
    );
  });

  it('ages by the interval from run to run until its turn', () => {
    fc.assert(
      fc.property(digest, start, (name, time) => {
        const before = slotAt(time, interval);
        const after = slotAt(time + interval, interval);
        const aged = ageAt(name, day, before.untilMs) + interval;
        const expected = isDue(name, day, after) ? aged - day : aged;
        expect(Math.abs(ageAt(name, day, after.untilMs) - expected)).toBeLessThan(1);
      }),
    );
  });
});
