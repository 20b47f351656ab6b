import { describe, expect, test } from '@jest/globals';
import { quantityBytes } from '../../estate/derived/quantity';

describe('a quantity', () => {
  test.each([
    ['6Gi', 6 * 1024 ** 3],
    ['512Mi', 512 * 1024 ** 2],
    ['1.5G', 1.5e9],
    ['1048576', 1048576],
    ['100k', 100_000],
    ['2Ti', 2 * 1024 ** 4],
  ])('%s counts its bytes', (quantity, bytes) => {
    expect(quantityBytes(quantity)).toBe(bytes);
  });

  test.each(['', '6gi', '6 Gi', 'Gi', '-1Gi', '1e3', '6GiB'])('"%s" is none', (quantity) => {
    expect(quantityBytes(quantity)).toBeNaN();
  });
});
