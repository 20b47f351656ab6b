import { describe } from '@jest/globals';
import { missingForPods } from '../../lab/process/prerequisites';
import { describeLab } from '../lab/describe-lab';

const missing = missingForPods();
if (missing.length > 0) console.warn(`skipped, for no pods can run here: ${missing.join('; ')}`);

/** As `describeLab`, for suites that run pods. */
export const describePods = missing.length === 0 ? describeLab : describe.skip;
