import { posix } from 'node:path';
import type { Change } from './change';
import { stackFileName } from './folder';
import { filesBelow, textOf, type Tree } from './tree';

export interface Leftovers {
  /** Removals of what nothing reads any more. */
  readonly removed: readonly Change[];
  /** What stays although the removed HCL read it, and why. */
  readonly notes: readonly string[];
}

/** A literal path below the folder in HCL: `${path.module}/files/a.sh`, `file("files/a.sh")`, `[path.module, "files/a.sh"]`. */
const readPath =
  /(?:\$\{path\.\w+\}\/|\b(?:template)?file\w*\(\s*"(?:\.\/)?|path\.\w+,\s*"|"%s\/)([^"$%\s]+)/gu;

/** Keys and certificates are kept for more than one reader, and by more than Git. */
const kept = /^secrets(?:\/|$)/u;

/**
 * The files that only HCL reads which the changes remove. One whose name stands anywhere else in the tree is kept and
 * named, because nobody but its owner knows what that means.
 *
 * @param tree as it will be after the changes
 */
export function leftovers(tree: Tree, folder: string, changes: readonly Change[]): Leftovers {
  const before = changes
    .filter(({ path, kind }) => path.endsWith('.tf') && kind !== 'write' && posix.dirname(path) === folder)
    .flatMap((change) => pathsReadBy(change.before ?? ''));
  const removed: Change[] = [];
  const notes: string[] = [];
  for (const relative of new Set(before)) {
    const path = posix.normalize(`${folder}/${relative}`);
    if (!path.startsWith(`${folder}/`) || kept.test(relative)) continue;
    const text = textOf(tree, path);
    if (text === undefined) {
      if (tree.list(path).length > 0 && mention(tree, folder, relative, path) === undefined)
        notes.push(`${path}: nothing in ${folder} reads this folder any more; look whether it can go`);
      continue;
    }
    const elsewhere = mention(tree, folder, relative, path);
    if (elsewhere === undefined)
      removed.push({
        ...{ path, kind: 'remove', before: text, after: undefined },
        why: 'only the removed HCL read it',
      });
    else
      notes.push(`${path}: the HCL that read it goes, but ${elsewhere} names it too; look whether it can go`);
  }
  return { removed, notes };
}

const pathsReadBy = (hcl: string): string[] => [...hcl.matchAll(readPath)].map(([, path = '']) => path);

/**
 * Where else the file is named: by its path below the folder in the stack, by more of it anywhere; or where the stack reads
 * whatever lies in a folder around it.
 */
function mention(tree: Tree, folder: string, relative: string, path: string): string | undefined {
  const far = path.split('/').slice(-3).join('/');
  for (const file of filesBelow(tree, '')) {
    if (file === path) continue;
    const isNear = file.startsWith(`${folder}/`);
    const text = textOf(tree, file) ?? '';
    if (text.includes(isNear ? relative : far)) return file;
    if (isNear && !file.endsWith(`/${stackFileName}`) && readsAround(text, relative)) return file;
  }
  return undefined;
}

/** Whether a text names a folder around a file and, below it, a pattern, an expression or all that there is. */
function readsAround(text: string, relative: string): boolean {
  const parts = relative.split('/');
  const folders = parts.slice(1).map((_name, index) => parts.slice(0, index + 1).join('/'));
  const below = /^\/?(?:["'`]|[^"'`\s/]*[*$%{])/u;
  return (
    /fileset\(\s*[^,]*path\.\w+[^,/]*,\s*"[*{]|\$\{path\.\w+\}\/[^"/]*\$\{/u.test(text) ||
    folders.some((folder) => text.split(folder).some((rest, index) => index > 0 && below.test(rest)))
  );
}
