import { expect, it } from '@jest/globals';
import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { rehearse } from '../../lab/rehearsal/rehearse';
import { secondEstate } from '../second-estate';
import { describeLab } from './describe-lab';

const build = { pipeline: '.woodpecker.yml', branch: 'main' } as const;
const project = { name: 'shop', move: 'push', ...build } as const;

describeLab('the whole migration, rehearsed on real servers', () => {
  it.each<[string, Estate]>([
    ['this estate', estate],
    ['the second estate', { ...secondEstate, projects: [project] }],
  ])(
    'of %s: every step does what it says, and no pull fails at any moment',
    async (_, subject) => {
      const { report, failures, pulls } = await rehearse({
        ...{ estate: subject, quick: true, seed: '1' },
        tell: (line) => process.stderr.write(`${line} …\n`),
      });
      process.stderr.write(report);

      expect(failures).toEqual([]);
      expect(pulls).toBeGreaterThan(20);
    },
    1_800_000,
  );
});
