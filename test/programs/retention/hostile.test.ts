import { expect, it } from '@jest/globals';
import { retentionRequests, retentionWorld } from '../../support/hostile-retention';
import { scripts } from '../../support/hostile-run';
import { playAll, playHonest, SCRIPTS } from '../../support/hostile-suite';

it('control: honest servers let it do all of its work', async () => {
  const { broken, ending } = await playHonest(retentionWorld);
  expect({ broken, ...ending }).toMatchObject({ broken: [], code: 0, success: '1' });
  expect(ending.output).toContain('viktor/app:old deleted, with 1 digests that only it listed');
  expect(ending.output).toContain('viktor/web:old deleted');
});

it(`${SCRIPTS} scripts of hostile servers and signals: it ends, tells the truth and keeps what is needed`, async () => {
  const { codes, played } = await playAll(scripts(retentionRequests), retentionWorld);
  console.log(`retention: exit codes ${JSON.stringify(codes)}, answers ${JSON.stringify(played)}`);
  // Otherwise they tell little: runs end in every way, and every kind of answer comes about.
  expect(Object.keys(codes)).toEqual(expect.arrayContaining(['0', '1', '3']));
  expect(Object.keys(played)).toHaveLength(11);
}, 600_000);
