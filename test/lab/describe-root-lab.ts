import { describe } from '@jest/globals';
import { missingForNamespaces } from '../../lab/process/prerequisites';
import { describeLab } from './describe-lab';

const missing = missingForNamespaces();
if (missing.length > 0) console.warn(`skipped, for no namespaces can be had here: ${missing.join('; ')}`);

/** As `describeLab`, for suites whose processes get mounts and a network of their own. */
export const describeRootLab = missing.length === 0 ? describeLab : describe.skip;
