import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { textIn } from './decoded';
import { fileKind } from './file-kind';
import { referenceFinder } from './find-references';
import { valuesOfFile, valuesOfFolders, type KnownValues } from './known-values';
import type { Retired } from './retired';
import { scanText, type Reference } from './scan-text';

/** What a tree names of what is retired. */
export interface Scan {
  readonly references: readonly Reference[];
  readonly files: number;
  readonly bytes: number;
  /** Files that were not looked into, with the reason: no one may take them for clean. */
  readonly unread: readonly { readonly path: string; readonly why: string }[];
}

/** What tools write and fetch again; nobody edits it. */
const left = new Set(['.git', '.terraform', '.terragrunt-cache', 'node_modules']);

/**
 * Reads every file below a folder, or one file; links in it are not followed.
 * @param after what files will hold instead, by path; `undefined` for one that will be gone
 */
export function scanTree(
  root: string,
  retired: Retired,
  after: ReadonlyMap<string, string | undefined> = new Map(),
): Scan {
  const finder = referenceFinder(retired);
  const unread: { path: string; why: string }[] = [];
  const files: { path: string; text: string }[] = [];
  let count = 0;
  let bytes = 0;
  const visit = (path: string): void => {
    const full = join(root, path);
    try {
      const stat = path === '.' ? statSync(full) : lstatSync(full);
      if (stat.isDirectory()) {
        for (const name of readdirSync(full).sort()) if (!left.has(name)) visit(posix.join(path, name));
        return;
      }
      if (!stat.isFile()) return;
      if (after.has(path)) return;
      const content = readFileSync(full);
      count += 1;
      bytes += content.length;
      const text = textIn(content);
      if (text !== undefined) files.push({ path, text });
    } catch (error) {
      unread.push({ path, why: (error as NodeJS.ErrnoException).code ?? String(error) });
    }
  };
  visit('.');
  for (const [path, text] of after)
    if (text !== undefined) {
      count += 1;
      bytes += Buffer.byteLength(text);
      files.push({ path, text });
    }
  const folders = valuesOfFolders(files.filter(({ path }) => /\.(?:tf|hcl|tfvars)$/u.test(path)));
  const nothing: KnownValues = new Map();
  const references = files.flatMap(({ path, text }) => {
    const kind = fileKind(path, text);
    const known = kind === 'hcl' ? (folders.get(posix.dirname(path)) ?? nothing) : valuesOfFile(kind, text);
    return scanText({ path, text, kind, known }, finder);
  });
  return { references, files: count, bytes, unread };
}
