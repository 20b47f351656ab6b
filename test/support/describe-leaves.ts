import { describe, expect, jest, test } from '@jest/globals';
import type { Estate } from '../../estate/estate';
import { judgeLeaves } from './judge-leaves';

/** The tests of one estate; a file each, so that two workers share them. */
export function describeLeaves(name: string, subject: Estate): void {
  jest.setTimeout(300_000);
  describe(`each fact of ${name}, changed alone,`, () => {
    const { refused, faults } = judgeLeaves(subject);

    test('is refused in words, or nothing of its old value is left', () => {
      expect(faults).toEqual([]);
    });

    test('is refused where others say the same', () => {
      expect(refused).toBeGreaterThan(20);
    });
  });
}
