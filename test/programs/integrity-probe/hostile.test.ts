import { expect, it } from '@jest/globals';
import { probeRequests, probeWorld } from '../../support/hostile-probe';
import { scripts } from '../../support/hostile-run';
import { playAll, playHonest, SCRIPTS } from '../../support/hostile-suite';

it('control: honest servers let it do all of its work', async () => {
  const { broken, ending } = await playHonest(probeWorld);
  expect({ broken, ...ending }).toMatchObject({ broken: [], code: 0 });
  expect(ending.output).toContain('healthy, 2 of 2 repositories, 3 tags, 4 manifests');
});

it(`${SCRIPTS} scripts of hostile servers and signals: it ends, tells the truth and changes nothing`, async () => {
  const { codes, played } = await playAll(scripts(probeRequests), probeWorld);
  console.log(`integrity probe: exit codes ${JSON.stringify(codes)}, answers ${JSON.stringify(played)}`);
  // Otherwise they tell little: runs end in every way, and every kind of answer comes about.
  expect(Object.keys(codes)).toEqual(['0', '1', '2']);
  expect(Object.keys(played)).toHaveLength(11);
}, 600_000);
