import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DigestSet } from '../../../programs/integrity-probe/digest-set';

it('a digest set holds what a Set of digests and sizes holds', () => {
  const hex = fc.oneof(fc.stringMatching(/^[0-9a-f]{64}$/), fc.constantFrom('0'.repeat(64), 'f'.repeat(64)));
  const entry = fc.tuple(
    hex.map((text) => `sha256:${text}`),
    fc.constantFrom(0, 1, 2 ** 20, 2 ** 33),
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 300 }), fc.array(entry, { maxLength: 30 }), (added, asked) => {
      const set = new DigestSet();
      const model = new Set(added.map(([digest, bytes]) => `${digest} ${bytes}`));
      for (const [digest, bytes] of added) set.add(digest, bytes);
      for (const [digest, bytes] of [...added, ...asked]) {
        expect(set.has(digest, bytes)).toBe(model.has(`${digest} ${bytes}`));
      }
    }),
  );
});
