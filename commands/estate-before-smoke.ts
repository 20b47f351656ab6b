import { estate } from '../estate';
import { smokeClaim } from '../estate/derived/claims';
import type { Estate } from '../estate/estate';
import { factsHash } from '../estate/evidence';
import { validateEstate } from '../estate/validate';

/** The estate for commands that lead to its smoke test, whose old claim a changed token voids. All else must hold. */
export function estateBeforeSmoke(subject: Estate = estate): Estate {
  const { name: claim, facts } = smokeClaim(subject);
  const passed = { claim, facts: factsHash(facts), measuredAt: '', seal: '', issuer: 'test' } as const;
  validateEstate({
    ...subject,
    evidence: [...subject.evidence.filter((other) => other.claim !== claim), passed],
  });
  return subject;
}
