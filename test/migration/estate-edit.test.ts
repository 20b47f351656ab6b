import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { estate } from '../../estate';
import { cutoverOrder } from '../../estate/derived/cutover-order';
import { withCutOverWritten } from '../../migration/cutover/estate-edit';

const facts = (name: string): string => readFileSync(join(__dirname, '../../estate', name), 'utf8');

describe('cutOver, written into a row', () => {
  test.each(
    cutoverOrder(estate).map(
      ({ name, kind }) => [name, kind === 'app' ? 'apps.ts' : 'woodpecker.ts'] as const,
    ),
  )('of %s in %s changes one word, and changes it back', (name, file) => {
    const text = facts(file);
    const moved = withCutOverWritten(file, text, name, true);

    expect(moved.length).toBe(text.length - 1);
    expect(moved.split('\n').filter((line, index) => line !== text.split('\n')[index])).toEqual([
      expect.stringContaining('cutOver: true'),
    ]);
    expect(withCutOverWritten(file, moved, name, false)).toBe(text);
  });

  test.each([
    ['no row', "export const apps = [{ stack: 'b', cutOver: false }];", 'got 0'],
    [
      'two rows',
      "export const apps = [{ stack: 'a', cutOver: false }, { stack: 'a', cutOver: true }];",
      'got 2',
    ],
    ['an expression', "export const apps = [{ stack: 'a', cutOver: isIt() }];", 'got "isIt()"'],
    ['a comment alone', "// { stack: 'a', cutOver: false }", 'got 0'],
  ])('is left to a person where there is %s', (_, text, got) => {
    expect(() => withCutOverWritten('apps.ts', text, 'a', true)).toThrow(
      `apps.ts: needs one row of "a" with cutOver "true" or "false", ${got}; write cutOver: true there by hand`,
    );
  });
});
