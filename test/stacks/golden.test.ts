import { describe, expect, test } from '@jest/globals';
import { phases } from '../../estate/phases';
import { expectGolden, goldensIn } from '../support/golden';
import { reviewForm } from '../support/review-form';
import { synthesizedAt } from '../support/synthesized';

const minimumBytes = 150;

/** `<stack>/<phase>.yaml` for the first phase and for every phase in which the stack differs from the one before. */
function goldens(): Map<string, string> {
  const files = new Map<string, string>();
  const last = new Map<string, string>();
  for (const phase of phases)
    for (const [name, { json, files: beside }] of synthesizedAt(phase)) {
      const text = reviewForm(json, beside);
      if (last.get(name) !== text) files.set(`stacks/${name}/${phase}.yaml`, text);
      last.set(name, text);
    }
  return files;
}

describe('goldens', () => {
  const expected = goldens();

  test.each([...expected.keys()])('%s is what synthesis gives', (path) => {
    expectGolden(path, expected.get(path) ?? '');
  });

  test('name a program by the hash that its pods are annotated with', () => {
    const text = expected.get('stacks/forgejo/prepare.yaml') ?? '';
    const [, shown = ''] = /retention\.mjs: program, .*sha256:([0-9a-f]{12})/.exec(text) ?? [];
    const annotated = [...text.matchAll(/program-sha256: ([0-9a-f]{64})/g)].map(([, hash = '']) =>
      hash.slice(0, 12),
    );
    expect(annotated).toEqual([shown]);
  });

  test('none is an orphan and none is nearly empty', () => {
    const files = goldensIn('stacks');
    expect(files.map(({ path }) => path)).toEqual([...expected.keys()].sort());
    expect(files.filter(({ bytes }) => bytes < minimumBytes)).toEqual([]);
  });
});
