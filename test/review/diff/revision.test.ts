import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { synthesisOfRevision } from '../../../review/diff/synthesis';
import { Refused } from '../../../steps/refused';

const folder = mkdtempSync(join(tmpdir(), 'revision-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const faultsOf = async (revision: string): Promise<readonly string[]> => {
  const error: unknown = await synthesisOfRevision(folder, revision, process.env).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Refused);
  return (error as Refused).faults;
};

test('a base is looked for in a clone, and what a shallow one lacks can be fetched', async () => {
  expect(await faultsOf('HEAD')).toEqual([
    expect.stringMatching(/^--base: names no commit, got "HEAD" \(fatal: not a git repository.*\); /u),
  ]);
  execFileSync('git', ['init', '--quiet'], { cwd: folder });
  expect(await faultsOf('main')).toEqual([
    '--base: names no commit, got "main"; name a branch, a tag or a commit that is here, or fetch it first',
  ]);
});
