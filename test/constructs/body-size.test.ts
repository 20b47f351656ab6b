import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bodySizeBytes } from '../../constructs/body-size';

const units = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;

describe('a body size', () => {
  test('of 5g is the 5368709120 bytes of the existing middleware', () => {
    expect(bodySizeBytes('5g')).toBe(5368709120);
  });

  test('counts units in powers of 1024, in either case', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8_000_000 }),
        fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[])),
        (count, unit) => {
          expect(bodySizeBytes(`${count}${unit}`)).toBe(count * units[unit]);
          expect(bodySizeBytes(`${count}${unit.toUpperCase()}`)).toBe(count * units[unit]);
        },
      ),
    );
  });

  test('of bytes is itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), (bytes) => {
        expect(bodySizeBytes(bytes)).toBe(bytes);
      }),
    );
  });

  test.each(['', '5 g', '5gb', 'g', '-1', '1.5g', '1e9', '5t'])('"%s" is refused', (size) => {
    expect(() => bodySizeBytes(size)).toThrow(
      `body size: is not a number with k, m or g, got "${size}"; write for example "5g"`,
    );
  });

  test('of zero is refused, because it meant two things', () => {
    expect(() => bodySizeBytes('0g')).toThrow('body size: is zero, got "0g"; leave the limit away');
  });

  test('beyond what a JSON number holds is refused', () => {
    expect(() => bodySizeBytes('9007199254740993')).toThrow('body size: is too large to count');
  });
});
