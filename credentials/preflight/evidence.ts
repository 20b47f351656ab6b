import { requiredClaims } from '../../estate/derived/claims';
import type { Estate } from '../../estate/estate';
import type { Finding } from './finding';

/** A homelab changes in a month in more ways than an estate's facts say. */
const maxAgeDays = 30;
const DAY_MS = 24 * 3_600_000;

/** Whether what the phase rests on was measured lately. That it was measured at all is the estate's own rule. */
export function judgeEvidence(estate: Estate, nowMs: number): readonly Finding[] {
  return requiredClaims(estate).map(({ name }): Finding => {
    const measuredAt = estate.evidence.find(({ claim }) => claim === name)?.measuredAt ?? '';
    const days = Math.floor((nowMs - Date.parse(measuredAt)) / DAY_MS);
    const finding = { check: 'evidence', subject: name } as const;
    // Evidence without a date, or of tomorrow, is no fresher than old evidence.
    return days >= 0 && days <= maxAgeDays
      ? { ...finding, state: 'well', says: `measured ${days} days ago` }
      : {
          ...{ ...finding, state: 'fault' },
          says: `is not of the last ${maxAgeDays} days, got "${measuredAt}"; measure it again`,
        };
  });
}
