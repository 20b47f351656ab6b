import { describe, it, jest } from '@jest/globals';
import { existing, type ExistingServer } from '../../lab/servers/existing';
import { missingPrerequisites } from '../../lab/process/prerequisites';

// A loaded machine is slow, not wrong: nothing in these suites asserts a time.
jest.setTimeout(120_000);

const missing = missingPrerequisites();
if (missing.length > 0) console.warn(`skipped, for no lab can run here: ${missing.join('; ')}`);

/** `describe` for suites that start real servers: skipped, with the reason printed, where no lab can run. */
export const describeLab = missing.length === 0 ? describe : describe.skip;

/** `it` for what ends a server or reads its files: skipped where LAB_EXISTING names it, for it is not ours then. */
export function itOnOwn(server: ExistingServer): typeof it {
  if (missing.length > 0 || existing(server) === undefined) return it;
  console.warn(
    `skipped, for they need a ${server} of their own (LAB_EXISTING): cases that end it or read its files`,
  );
  return it.skip as typeof it;
}
