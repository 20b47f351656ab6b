import { describe, expect, jest, test } from '@jest/globals';
import { secondEstate } from '../second-estate';
import { judgeLeaves } from '../support/judge-leaves';

jest.setTimeout(1_800_000);

describe('each fact of the second estate, changed alone,', () => {
  const { refused, faults } = judgeLeaves(secondEstate);

  test('is refused in words, or nothing of its old value is left', () => {
    expect(faults).toEqual([]);
  });

  test('is refused where others say the same', () => {
    expect(refused).toBeGreaterThan(20);
  });
});
