/**
 * What one check found:
 * - `well`: as the estate says; `fault`: otherwise, with what to do
 * - `overridden`: a person answers for it, for a while
 * - `unasked`: it could not be asked now; `elsewhere`: it can be seen from another place alone, and is only named here
 */
export interface Finding {
  readonly check:
    'vault' | 'forgejo' | 'token' | 'ci secret' | 'pull secret' | 'name' | 'front door' | 'evidence';
  readonly subject: string;
  readonly state: 'well' | 'fault' | 'overridden' | 'unasked' | 'elsewhere';
  readonly says: string;
}

/** Makes what one check says of one subject. */
export function findingOf(
  check: Finding['check'],
  subject: string,
): (state: Finding['state'], says: string) => Finding {
  return (state, says) => ({ check, subject, state, says });
}
