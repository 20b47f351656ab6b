import { describe, expect, jest, test } from '@jest/globals';
import { estate } from '../../estate';
import { judgeLeaves } from '../support/judge-leaves';

jest.setTimeout(240_000);

describe('each fact of this estate, changed alone,', () => {
  const { leaves, refused, faults, idle } = judgeLeaves(estate);

  test('is refused in words, or nothing of its old value is left', () => {
    expect(faults).toEqual([]);
  });

  test('is refused where others say the same', () => {
    expect(leaves).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(100);
  });

  test('needs every exception that is made', () => {
    expect(idle).toEqual([]);
  });
});
