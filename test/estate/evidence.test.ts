import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { factsHash, parseEvidence, readEvidence } from '../../estate/evidence';

const good = {
  claim: 'bake-complete',
  facts: `sha256:${'0'.repeat(64)}`,
  measuredAt: '2026-01-01T00:00:00Z',
  issuer: 'measurement',
};

describe('evidence', () => {
  test('is read from every JSON file of its folder, in name order', () => {
    const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
    try {
      writeFileSync(join(folder, 'b.json'), JSON.stringify({ ...good, claim: 'b' }));
      writeFileSync(join(folder, 'a.json'), JSON.stringify({ ...good, claim: 'a' }));
      writeFileSync(join(folder, 'notes.txt'), 'not evidence');
      expect(readEvidence(folder).map(({ claim }) => claim)).toEqual(['a', 'b']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    ['text that is not JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no claim', JSON.stringify({ ...good, claim: undefined })],
    ['a hash that is none', JSON.stringify({ ...good, facts: 'sha256:abc' })],
    ['a day instead of an instant', JSON.stringify({ ...good, measuredAt: '2026-01-01' })],
    ['evidence issued for tests', JSON.stringify({ ...good, issuer: 'test' })],
  ])('refuses %s, with the file and what to do', (_, text) => {
    expect(() => parseEvidence('x.json', text)).toThrow(
      /^estate\/evidence\/x\.json: .*measure the claim again$/,
    );
  });

  test('hashes facts whatever the order of their keys, and no others alike', () => {
    expect(factsHash({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(factsHash({ b: [{ d: 3, c: 2 }], a: 1 }));
    expect(factsHash({ a: 1 })).not.toBe(factsHash({ a: 2 }));
    expect(factsHash(['a', 'b'])).not.toBe(factsHash(['b', 'a']));
  });
});
