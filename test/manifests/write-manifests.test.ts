import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { phases } from '../../estate/phases';
import { writeManifests } from '../../manifests/write-manifests';
import { estateAt } from '../support/estates';
import { synthesizedAt } from '../support/synthesized';

/** Every text in a value that is no text of a file or a script, where an expression would be its own. */
function names(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (key === 'data' ? [] : names(item)));
}

describe('the manifests on disk', () => {
  let outdir: string;
  beforeAll(() => {
    outdir = mkdtempSync(join(tmpdir(), 'manifests-'));
  });
  afterAll(() => {
    rmSync(outdir, { recursive: true });
  });
  const write = (phase: (typeof phases)[number]): void => {
    writeManifests(outdir, [...synthesizedAt(phase).values()], estateAt(phase).stacks.variables);
  };

  it('are one file for each stack with Kubernetes objects, and none for the others', () => {
    write('prepare');
    expect(readdirSync(join(outdir, 'manifests')).sort()).toEqual([
      'forgejo.yaml',
      'kyverno.yaml',
      'monitoring.yaml',
      'woodpecker.yaml',
    ]);
  });

  it.each(phases)('at phase %s name every object and field by a value, not by an expression', (phase) => {
    write(phase);
    for (const file of readdirSync(join(outdir, 'manifests'))) {
      const documents = parseAllDocuments(readFileSync(join(outdir, 'manifests', file), 'utf8'));
      const objects = documents
        .map((document) => document.toJS() as unknown)
        .filter((object) => object !== null);
      expect(objects.length).toBeGreaterThan(0);
      expect(objects.flatMap(names).filter((text) => text.includes('${'))).toEqual([]);
    }
  });

  it('of a stack that has no objects any more are removed, and other files are left alone', () => {
    const manifests = (name: string): string => join(outdir, 'manifests', name);
    writeFileSync(manifests('gone.yaml'), '# The Kubernetes objects of stack "gone".\n');
    writeFileSync(manifests('mine.yaml'), 'mine: true\n');
    write('prepare');
    expect(readdirSync(join(outdir, 'manifests')).sort()).toEqual([
      'forgejo.yaml',
      'kyverno.yaml',
      'mine.yaml',
      'monitoring.yaml',
      'woodpecker.yaml',
    ]);
    rmSync(manifests('mine.yaml'));
  });
});
