import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { factsHash, readEvidence } from '../../estate/evidence';
import { readOverrides } from '../../estate/overrides';

const sealed = <T extends object>(fields: T): T & { readonly seal: string } => ({
  ...fields,
  seal: factsHash(fields),
});
const good = sealed({
  claim: 'bake-complete',
  facts: `sha256:${'0'.repeat(64)}`,
  measuredAt: '2026-01-01T00:00:00Z',
  issuer: 'measurement',
});
const { seal: _seal, ...unsealed } = good;

describe('evidence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const inFolder = (name: string, files: Readonly<Record<string, string>>): string => {
    const path = join(folder, name);
    mkdirSync(path);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
    return path;
  };

  test('is read from every JSON file of its folder, in name order', () => {
    const path = inFolder('good', {
      'b.json': JSON.stringify(sealed({ ...unsealed, claim: 'b' })),
      'a.json': JSON.stringify(sealed({ ...unsealed, claim: 'a' })),
      'notes.txt': 'not evidence',
    });
    expect(readEvidence(path)).toEqual({
      evidence: [sealed({ ...unsealed, claim: 'a' }), sealed({ ...unsealed, claim: 'b' })],
      evidenceFaults: [],
    });
  });

  test.each([
    ['text that is not JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no claim', JSON.stringify({ ...good, claim: undefined })],
    ['a hash that is none', JSON.stringify({ ...good, facts: 'sha256:abc' })],
    ['a day instead of an instant', JSON.stringify({ ...good, measuredAt: '2026-01-01' })],
    [
      'an instant of no calendar',
      JSON.stringify(sealed({ ...unsealed, measuredAt: '2026-13-41T00:00:00Z' })),
    ],
    ['a copy beside the file of its claim', JSON.stringify(good)],
    ['no seal', JSON.stringify(unsealed)],
    ['a date that was changed by hand', JSON.stringify({ ...good, measuredAt: '2026-02-01T00:00:00Z' })],
    ['a look that was added by hand', JSON.stringify({ ...good, measured: {} })],
    ['evidence issued for tests', JSON.stringify({ ...good, issuer: 'test' })],
    [
      'a claim that clears a screen',
      JSON.stringify(sealed({ ...unsealed, claim: '\u001b[2Jnext: nothing' })),
    ],
    ['a seal that clears a screen', JSON.stringify({ ...good, seal: '\u001b[2J' })],
  ])('is not %s: that file is reported and the others are read', (name, text) => {
    const { evidence, evidenceFaults } = readEvidence(
      inFolder(name, { 'x.json': text, 'bake-complete.json': JSON.stringify(good) }),
    );
    expect(evidence).toEqual([good]);
    expect(evidenceFaults.join('')).not.toMatch(/\p{Cc}/u);
    expect(evidenceFaults).toEqual([
      expect.stringMatching(
        /^estate\/evidence\/x\.json: .*, got .*; (?:remove it, or )?measure the claim again$/,
      ),
    ]);
  });

  test.each(['a\nnext: nothing is left to do', '\u001b[2J', '\u202etxet'])(
    "has no stand-in whose person's words are no line of text: %j",
    (reason) => {
      const override = { claim: 'smoke', reason, person: 'viktor', until: '2026-02-02' };
      const path = inFolder(`override-${reason.length}`, { 'smoke.json': JSON.stringify(override) });
      expect(readOverrides(path).overrides).toEqual([]);
      expect(readOverrides(path).faults).toEqual([
        expect.stringMatching(/^estate\/overrides\/smoke\.json: needs claim, reason, person/u),
      ]);
    },
  );

  test('hashes facts whatever the order of their keys, and no others alike', () => {
    expect(factsHash({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(factsHash({ b: [{ d: 3, c: 2 }], a: 1 }));
    expect(factsHash({ a: 1 })).not.toBe(factsHash({ a: 2 }));
    expect(factsHash(['a', 'b'])).not.toBe(factsHash(['b', 'a']));
  });
});
