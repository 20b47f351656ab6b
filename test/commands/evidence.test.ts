import { expect, it } from '@jest/globals';
import { evidence } from '../../commands/evidence';
import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { call, type Called } from '../support/call';

const folder = '/nothing-is-written';
const ask = async (of: Estate, ...args: readonly string[]): Promise<Called> =>
  call(['evidence', ...args], { verbs: [evidence(() => of, { folder, now: Date.now })] });

it('names what the next step needs, which ends nothing badly', async () => {
  const { out, code } = await ask({ ...estate, phase: 'prepare' }, 'list');

  expect(out).toMatch(/^smoke +missing +the next step needs it$/m);
  expect(code).toBe(0);
});

it('says that there is nothing to measure, and where to look', async () => {
  const { out, code } = await ask({ ...estate, phase: 'prepare' }, 'collect');

  expect(out).toBe(
    'nothing to measure for the estate as it stands; "./registry evidence list" names what the next step needs\n',
  );
  expect(code).toBe(0);
});

it('ends with 2 where what the estate stands on has no evidence', async () => {
  const { out, code } = await ask({ ...estate, phase: 'dual-push', evidence: [] }, 'list');

  expect(out).toMatch(/^smoke +missing +phase is "dual-push"$/m);
  expect(code).toBe(2);
});
