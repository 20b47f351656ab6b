import { describe, expect, jest, test } from '@jest/globals';
import { secondEstate } from '../second-estate';
import { inPhase } from '../support/estates';
import { judgeLeaves } from '../support/judge-leaves';
import { leavesOf } from '../support/leaves';
import { choicesOf } from '../support/plausible';

jest.setTimeout(240_000);

// Where the apps have moved more stacks name Forgejo.
describe.each(['prepare', 'cutover'] as const)(
  'each fact of the second estate at %s, changed alone,',
  (phase) => {
    const { leaves, refused, faults } = judgeLeaves(inPhase(secondEstate, phase));

    test('is refused in words, or nothing of its old value is left', () => {
      expect(faults).toEqual([]);
    });

    test('is refused where others say the same', () => {
      expect(leaves).toBeGreaterThan(200);
      expect(refused).toBeGreaterThan(50);
    });
  },
);

test('no two facts of the second estate have one value by chance, behind which a trace would hide', () => {
  const texts = leavesOf(secondEstate).filter(
    (leaf) => typeof leaf.value === 'string' && leaf.value !== '' && choicesOf(leaf) === undefined,
  );
  const repeated = texts.filter(({ path, value }) =>
    texts.some((other) => other.path !== path && other.value === value),
  );
  // The rest names something: an image, a DNS server, an account that may write.
  const names = /\/(image|canary|name|resolvers\/\d+|forwardsTo|owner|writers\/\d+)$/;
  expect(repeated.filter(({ path }) => !names.test(path))).toEqual([]);
});
