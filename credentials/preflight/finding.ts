import { ServerError } from '../../clients/http/errors';
import { Refused } from '../../steps/refused';

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

/** What was found, or that the login was refused, or that it could not be asked now. */
export async function answered(
  check: Finding['check'],
  subject: string,
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof ServerError || error instanceof Refused)) throw error;
    const isRefused = error instanceof ServerError && error.refused;
    return [findingOf(check, subject)(isRefused ? 'fault' : 'unasked', error.message.split('\n').join(', '))];
  }
}
