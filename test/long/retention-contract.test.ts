import { missingPrerequisites } from '../../lab/process/prerequisites';
import { describeLab } from '../lab/describe-lab';
import { forgeUnderContract } from '../support/forge-under-contract';
import { retentionContract } from '../support/retention-contract';

/** As on every commit, but with a package of a thousand versions, whose pushes alone take a minute. */
if (missingPrerequisites().length === 0)
  retentionContract('a real forge, a thousand versions', forgeUnderContract, {
    timeoutMs: 120_000,
    manyVersions: 1000,
  });
else describeLab('retention on a real forge, a thousand versions', () => undefined);
