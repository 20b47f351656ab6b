import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { diff } from '../../../commands/diff';
import { exit } from '../../../terminal/exit-codes';
import { call } from '../../support/call';
import { expectGolden } from '../../support/golden';

const root = join(__dirname, '../../..');
const left = ['.git', 'cdktf.out', 'coverage', 'node_modules', 'reports', 'test', '.stryker-tmp'];

describe('./registry diff, in a repository of its own with one commit and one change', () => {
  const folder = mkdtempSync(join(tmpdir(), 'diff-'));
  const git = (...args: readonly string[]): void => {
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
    execFileSync('git', [...who, ...args], { cwd: folder, stdio: 'pipe' });
  };
  const edit = (file: string, from: RegExp, to: string): void => {
    const before = readFileSync(join(folder, file), 'utf8');
    expect(before).toMatch(from);
    writeFileSync(join(folder, file), before.replace(from, to));
  };
  const diffs = async (...args: readonly string[]): Promise<{ code: number; out: string; err: string }> => {
    const called = await call(['diff', ...args], { verbs: [diff(folder)], environment: process.env });
    // Where a hunk stands changes with every line of a program above it.
    const out = called.out
      .replace(/HEAD \([0-9a-f]{8}\)/gu, 'HEAD (<commit>)')
      .replace(/^@@ .* @@$/gmu, '@@');
    return { ...called, out };
  };

  beforeAll(() => {
    for (const name of readdirSync(root).filter((each) => !left.includes(each)))
      cpSync(join(root, name), join(folder, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'base');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('says of a comment that nothing changes', async () => {
    edit('estate/images.ts', /^/u, '// a comment\nconsole.log("and a fact that prints");\n');
    const { code, out } = await diffs();
    expect(out).toBe('nothing changes between HEAD (<commit>) and working tree\n');
    expect(code).toBe(exit.done);
    git('checkout', '--quiet', '.');
  }, 240_000);

  test('says what an edit of the facts does to apps, retention and objects', async () => {
    edit('estate/images.ts', /tag: '92afc38d'/u, "tag: '0123abcd'");
    edit('estate/retention.ts', /keepNewestTags: 10/u, 'keepNewestTags: 5');
    edit('estate/forgejo.ts', /storageClass: 'proxmox-lvm-encrypted'/u, "storageClass: 'local-path'");
    const text = await diffs();
    expect(text.code).toBe(exit.found);
    expectGolden('diff.txt', text.out);
    expectGolden('diff.md', (await diffs('--markdown')).out);
  }, 240_000);

  test('names the side that does not synthesize', async () => {
    edit('estate/retention.ts', /keepNewestTags: 5/u, 'keepNewestTags: 0');
    expect((await diffs()).err).toMatch(
      /working tree: does not synthesize[\s\S]*estate\.retention\.keepNewestTags/u,
    );
    edit('main.ts', /^/u, 'process.exit(0);\n');
    expect((await diffs()).err).toContain('working tree: main.ts ends well and writes no stack');
  }, 240_000);
});
