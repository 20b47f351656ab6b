import { it } from '@jest/globals';
import { missingPrerequisites } from '../../lab/process/prerequisites';
import { forgeUnderContract } from '../support/forge-under-contract';
import { retentionContract } from '../support/retention-contract';
import { describeLab, itOnOwn } from './describe-lab';

// Four pages of the package API; `test/long` has a thousand versions.
if (missingPrerequisites().length === 0)
  retentionContract('a real forge', forgeUnderContract, {
    timeoutMs: 120_000,
    manyVersions: 160,
    killable: itOnOwn('forge') === it,
  });
else describeLab('retention on a real forge', () => undefined);
