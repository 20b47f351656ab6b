import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { estate } from '../../estate';
import { retiredOf } from '../../scan/retired';
import { base64Texts } from '../../scan/decoded';
import { scanTree, type Scan } from '../../scan/scan-tree';
import { planted } from './planted';

const retired = retiredOf(estate);
let root: string;
let scan: Scan;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'scan-'));
  for (const { path, text } of planted) write(path, text);
  scan = scanTree(root, retired);
});
afterAll(() => {
  rmSync(root, { recursive: true });
});
function write(path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

test.each(planted)('$path', ({ path, found }) => {
  const seen = scan.references.filter((each) => each.path === path);
  const told = (rows: readonly (readonly unknown[])[]): string[] => rows.map((row) => row.join(' ')).sort();

  expect(told(seen.map(({ line, use, reference }) => [line, use, reference]))).toEqual(told(found));
});

test('the table has files enough to say something', () => {
  expect(planted.length).toBeGreaterThanOrEqual(60);
});

test('what is no text, a link or written by tools is left alone', () => {
  write('bin/blob', Buffer.from('\0registry.viktorbarzin.me/app:v1'));
  write('stacks/x/.terraform/modules/main.tf', 'image = "registry.viktorbarzin.me/app:v1"\n');
  write('.git/config', 'url = registry.viktorbarzin.me\n');
  symlinkSync('..', join(root, 'loop'));

  expect(scanTree(root, retired).references).toEqual(scan.references);
});

test('a tree that is reached by a link is read like itself', () => {
  symlinkSync(root, `${root}-link`);
  try {
    expect(scanTree(`${root}-link`, retired).references).toEqual(scan.references);
  } finally {
    rmSync(`${root}-link`);
  }
});

test('a file of nothing but lines of Base64 takes no longer for each of them', () => {
  const line = Buffer.from('forty-two characters of plain text, and more').toString('base64');
  const text = `${line}\n`.repeat(40_000);

  const last = base64Texts(text).at(-1);

  expect(last?.line).toBe(40_000);
});

const hub = 'viktorbarzin/claude-memory-mcp';
test.each([
  ['one word', 'bundle.json', `"${'x'.repeat(12_000_000)}"`],
  ['images', 'images.json', `["${`${hub} `.repeat(60_000)}"]`],
  ['marks of comments', 'bundle.js', `x = "${'a /* b */ '.repeat(180_000)}${hub}:1"`],
])(
  'a line of nothing but %s ends',
  (_, path, text) => {
    const folder = mkdtempSync(join(tmpdir(), 'scan-'));
    writeFileSync(join(folder, path), text);
    try {
      expect(scanTree(folder, retired).unread).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  // Seconds, where time grows with the line; with its square it would be many minutes.
  120_000,
);

test('a file that cannot be read is named', () => {
  const { unread, files } = scanTree(join(root, 'nowhere'), retired);

  expect([unread, files]).toEqual([[{ path: '.', why: 'ENOENT' }], 0]);
});
