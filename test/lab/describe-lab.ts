import { describe, jest } from '@jest/globals';
import { missingPrerequisites } from '../../lab/prerequisites';

// A loaded machine is slow, not wrong: nothing in these suites asserts a time.
jest.setTimeout(120_000);

const missing = missingPrerequisites();
if (missing.length > 0) console.warn(`skipped, for no lab can run here: ${missing.join('; ')}`);

/** `describe` for suites that start real servers: skipped, with the reason printed, where no lab can run. */
export const describeLab = missing.length === 0 ? describe : describe.skip;
