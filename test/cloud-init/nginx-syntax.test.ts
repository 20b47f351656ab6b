import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { block, directive, printNginx, type Directive } from '../../cloud-init/nginx-syntax';
import { readNginx } from '../support/read-nginx';

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
const args = fc.array(
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) }),
  {
    maxLength: 4,
  },
);
const { directives } = fc.letrec<{ directives: Directive[]; directive: Directive }>((tie) => ({
  directives: fc.array(tie('directive'), { maxLength: 4, depthIdentifier: 'nginx' }),
  directive: fc.oneof(
    { depthIdentifier: 'nginx', maxDepth: 3 },
    fc.record({ name, args }),
    fc.record({ name, args, block: tie('directives') }),
  ),
}));

describe('a printed nginx configuration', () => {
  test('reads back as the directives it was printed from', () => {
    fc.assert(
      fc.property(directives, (written) => {
        expect(readNginx(printNginx(written))).toEqual(written);
      }),
    );
  });

  test('quotes what would end an argument, and nothing else', () => {
    expect(
      printNginx([
        directive('return', '200', 'a; b "c" {d}'),
        block('location', ['~', '^/v2/.+$'], directive('set', '$a', '')),
      ]),
    ).toBe('return 200 "a; b \\"c\\" {d}";\nlocation ~ ^/v2/.+$ {\n  set $a "";\n}\n');
  });

  test.each([
    [
      'a newline in an argument',
      directive('return', '200', 'one\ntwo'),
      'nginx: an argument of "return" holds a control character, got "one\\ntwo"; write it on one line',
    ],
    [
      'a directive in a name',
      directive('listen 5000; root', '/'),
      'nginx: a directive has no name that nginx could know, got "listen 5000; root"; write letters, digits and "_"',
    ],
  ])('with %s is refused', (_, wrong, message) => {
    expect(() => printNginx([wrong])).toThrow(new Error(message));
  });
});
