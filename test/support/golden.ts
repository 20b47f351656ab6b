import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { unifiedDiff } from '../../terminal/diff';

const root = join(__dirname, '..', 'golden');
const updating = process.env['UPDATE_GOLDEN'] === '1';

/**
 * Compares text with the golden file of that path, or writes it under `UPDATE_GOLDEN=1`. Fails with a unified diff.
 */
export function expectGolden(path: string, actual: string): void {
  const file = join(root, path);
  if (updating) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
    return;
  }
  const expected = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (expected !== actual)
    throw new Error(
      `test/golden/${path} differs; read the change, then UPDATE_GOLDEN=1 npm test\n${unifiedDiff({ name: path, note: 'golden', text: expected }, { name: path, note: 'synthesized', text: actual })}`,
    );
}

/** Golden files below a folder, relative to `test/golden`, with their sizes. */
export function goldensIn(folder: string): { readonly path: string; readonly bytes: number }[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(root, file), bytes: statSync(file).size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
