import { beginsBake, requiredClaims, type Claim } from './claims';
import type { Estate } from '../estate';
import { factsHash, type Evidence } from '../evidence';
import { describeOverride, overrideFault } from '../overrides';

export interface ClaimState extends Claim {
  /** `open` is what nothing stands for now. */
  readonly standing: 'measured' | 'overridden' | 'open';
  /** The same in words, with why. */
  readonly state: string;
}

export interface ClaimStatesProps {
  /** @default those that the estate's present state rests on */
  readonly claims?: readonly Claim[];
  /** Whether retention deletes already, where it was asked: then it can no more be seen to observe. @default it may */
  readonly retentionEnforces?: boolean;
}

/** A homelab changes in a month in more ways than an estate's facts say. */
const maxAgeDays = 30;
/** How far a clock may be ahead of ours. */
export const maxAheadMinutes = 60;
/** Evidence that a later claim was built on does not go stale: measured anew it would find no legacy registry. */
const measuredUpon: Readonly<Record<string, string>> = {
  'bake-complete': 'legacy-unused',
  'image-present': 'legacy-unused',
};

/** Whether each claim was measured lately, and about the estate as it is. */
export function claimStates(
  estate: Estate,
  nowMs: number,
  { claims = requiredClaims(estate), retentionEnforces = true }: ClaimStatesProps = {},
): readonly ClaimState[] {
  const evidenceOf = (name: string): Evidence | undefined =>
    estate.evidence.find(({ claim }) => claim === name);
  const laterOf = (name: string): Evidence | undefined =>
    requiredClaims(estate)
      .filter((claim) => claim.name === measuredUpon[name.split('/')[0] ?? ''])
      .map((claim) => ({ evidence: evidenceOf(claim.name), facts: factsHash(claim.facts) }))
      .find(({ evidence, facts }) => evidence?.facts === facts)?.evidence;
  return claims.map((claim): ClaimState => {
    const { name, facts } = claim;
    const open = (state: string): ClaimState => ({ ...claim, standing: 'open', state });
    const override = estate.overrides.find((each) => each.claim === name);
    if (override !== undefined) {
      const fault = overrideFault(override, nowMs);
      return fault === undefined
        ? { ...claim, standing: 'overridden', state: describeOverride(override) }
        : open(fault);
    }
    const evidence = evidenceOf(name);
    if (evidence === undefined) return open('missing');
    if (evidence.facts !== factsHash(facts)) return open('about other facts');
    const minutes = (nowMs - Date.parse(evidence.measuredAt)) / 60_000;
    if (minutes < -maxAheadMinutes) return open(`in the future, got ${evidence.measuredAt}`);
    const days = Math.floor(Math.max(minutes, 0) / 1440);
    const upon = laterOf(name)?.claim;
    // Measured anew it would begin the bake again, which watches over the pushes and pulls that follow.
    const isForGood =
      upon !== undefined || beginsBake(estate, name) || (name === 'retention-observed' && retentionEnforces);
    if (days > maxAgeDays && !isForGood) return open(`too old, got ${days} d of at most ${maxAgeDays}`);
    const since = upon === undefined ? '' : `, and ${upon} rests on it`;
    return { ...claim, standing: 'measured', state: `measured ${days} d ago${since}` };
  });
}
