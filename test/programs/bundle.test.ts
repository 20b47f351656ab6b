import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, type ProgramName } from '../../programs/bundle';

describe.each<ProgramName>(['retention', 'integrity-probe'])('the bundle of %s', (program) => {
  it('is the same text every time, readable, and needs nothing but Node', () => {
    const text = bundle(program);

    expect(bundle(program)).toBe(text);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(1000);
    expect([...text.matchAll(/^import .* from "(.+)";$/gm)].map(([, from]) => from)).toEqual(
      expect.not.arrayContaining([expect.not.stringMatching(/^node:/)]),
    );
    expect(text).not.toContain('require(');
  });

  it('names no path of the machine that made it', () => {
    expect(bundle(program)).not.toContain(process.cwd());
  });

  it('is accepted by Node as a module', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
    try {
      writeFileSync(join(folder, 'program.mjs'), bundle(program));
      expect(execFileSync(process.execPath, ['--check', join(folder, 'program.mjs')]).toString()).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
