import { requiredClaims } from '../../estate/derived/claims';
import type { Estate } from '../../estate/estate';
import { factsHash, type Evidence } from '../../estate/evidence';
import { describeOverride, overrideFault } from '../../estate/overrides';
import { findingOf, type Finding } from './finding';

/** A homelab changes in a month in more ways than an estate's facts say. */
const maxAgeDays = 30;
const DAY_MS = 24 * 3_600_000;
/** Evidence that a later claim was built on does not go stale: measured anew it would begin the bake again, or find no legacy registry. */
const measuredUpon: Readonly<Record<string, string>> = {
  'dual-push': 'bake-complete',
  'bake-complete': 'legacy-unused',
  'image-present': 'legacy-unused',
};

/** Whether what the phase rests on was measured lately, and about the estate as it is. */
export function judgeEvidence(estate: Estate, nowMs: number): readonly Finding[] {
  const claims = requiredClaims(estate);
  const measured = (name: string | undefined): Evidence | undefined =>
    estate.evidence.find(
      ({ claim, facts }) =>
        claim === name && claims.some((each) => each.name === name && factsHash(each.facts) === facts),
    );
  return claims.map(({ name, facts, command }): Finding => {
    const finding = findingOf('evidence', name);
    const override = estate.overrides.find(({ claim }) => claim === name);
    if (override !== undefined) {
      const over = overrideFault(override, nowMs);
      return finding(over === undefined ? 'overridden' : 'fault', over ?? describeOverride(override));
    }
    const evidence = estate.evidence.find(({ claim }) => claim === name);
    const days = Math.floor((nowMs - Date.parse(evidence?.measuredAt ?? '')) / DAY_MS);
    const fault = (got: string): Finding => finding('fault', `${got}; ${command}`);
    if (evidence === undefined) return fault('was not measured, got none');
    if (evidence.facts !== factsHash(facts)) return fault('is about other facts, got an older estate');
    const later = measured(measuredUpon[name.split('/')[0] ?? '']);
    if (days >= 0 && later !== undefined && later.measuredAt >= evidence.measuredAt)
      return finding('well', `measured ${days} days ago, before ${later.claim}`);
    // Retention that enforces cannot be seen to observe any more.
    const maxDays = name === 'retention-observed' ? Infinity : maxAgeDays;
    // Evidence without a date, or of tomorrow, is no fresher than old evidence.
    return days >= 0 && days <= maxDays
      ? finding('well', `measured ${days} days ago`)
      : fault(`is not of the last ${maxAgeDays} days, got "${evidence.measuredAt}"`);
  });
}
