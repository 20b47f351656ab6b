import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { estate } from '../estate';

jest.setTimeout(120_000);

const root = join(__dirname, '..');
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function synth(): { readonly status: number | null; readonly stdout: string; readonly digest: string } {
  const outdir = mkdtempSync(join(tmpdir(), 'main-'));
  folders.push(outdir);
  const { status, stdout } = spawnSync('node_modules/.bin/tsx', ['main.ts'], {
    cwd: root,
    encoding: 'utf8',
    // Node alone: no terraform is found on this PATH.
    env: { PATH: dirname(process.execPath), CDKTF_OUTDIR: outdir, CHECKPOINT_DISABLE: '1' },
  });
  const hash = createHash('sha256');
  for (const entry of readdirSync(outdir, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .sort())
    hash.update(entry.slice(outdir.length)).update(readFileSync(entry));
  return { status, stdout, digest: hash.digest('hex') };
}

describe('main', () => {
  const [first, second] = [synth(), synth()];

  test('prints one line a stack and a total', () => {
    expect(first.status).toBe(0);
    const lines = first.stdout.trimEnd().split('\n');
    const form = /^(\S+|\d+ stacks) +\d+ resources +\d+ bytes +\d+\.\d ms$/;
    expect(lines.filter((line) => !form.test(line))).toEqual([]);
    expect(lines).toHaveLength(estate.apps.length + 7);
    expect(lines.at(-1)).toMatch(/^15 stacks /);
  });

  test('writes the same bytes every time', () => {
    expect(second.digest).toBe(first.digest);
  });

  test('tells every fault of a wrong estate in words, without a stack trace', () => {
    const copy = mkdtempSync(join(tmpdir(), 'wrong-'));
    folders.push(copy);
    for (const room of [
      'main.ts',
      'estate',
      'cloud-init',
      'constructs',
      'manifests',
      'stacks',
      'programs',
      'monitoring',
      'package.json',
      'tsconfig.json',
    ])
      cpSync(join(root, room), join(copy, room), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    writeFileSync(join(copy, 'estate', 'evidence', 'wrong.json'), '{');
    const facts = join(copy, 'estate', 'retention.ts');
    writeFileSync(facts, readFileSync(facts, 'utf8').replace("mode: 'observe',", "mode: 'enforce',"));

    const { status, stderr } = spawnSync('node_modules/.bin/tsx', ['main.ts'], {
      cwd: copy,
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([
      'the estate has 2 faults:',
      'estate/evidence/wrong.json: is not JSON, got 1 characters; measure the claim again',
      'estate.evidence: retention is "enforce" without its evidence, got no claim "retention-observed"; ./registry evidence collect retention-observed --prometheus http://127.0.0.1:9090, or step back',
    ]);
  });
});
