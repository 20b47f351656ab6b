import type { Change } from './change';
import { Refused } from '../steps/refused';

/** The tree that receives the delivery, read-only; paths are relative to its root, with forward slashes. */
export interface Tree {
  /** `undefined` when there is no such file. Refuses a link that leaves the tree and text that is not UTF-8. */
  read(path: string): string | undefined;
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(folder: string): readonly string[];
}

/** The file's text; `undefined` where it is encrypted, a link that leaves the tree, or no text at all. */
export const textOf = (tree: Tree, path: string): string | undefined => unlessRefused(() => tree.read(path));

/** The files of a folder at any depth, without what Git and Terraform keep for themselves. */
export function* filesBelow(tree: Tree, folder: string): Generator<string> {
  for (const name of tree.list(folder)) {
    if (['.git', '.terraform', 'node_modules'].includes(name)) continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    const isFolder = (unlessRefused(() => tree.list(path)) ?? []).length > 0;
    if (isFolder) yield* filesBelow(tree, path);
    else yield path;
  }
}

function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

/** The tree as it will be, so that what is planned next sees what was planned before. */
export function withChanges(tree: Tree, changes: readonly Change[]): Tree {
  return withTexts(tree, new Map(changes.map(({ path, after }) => [path, after])));
}

/** The tree with other texts at these paths; `undefined` is no file. */
export function withTexts(tree: Tree, texts: ReadonlyMap<string, string | undefined>): Tree {
  return {
    read: (path) => (texts.has(path) ? texts.get(path) : tree.read(path)),
    list: (folder) => {
      const names = new Set(tree.list(folder));
      for (const [path, text] of texts) {
        if (!path.startsWith(`${folder}/`)) continue;
        const name = path.slice(folder.length + 1);
        if (text !== undefined) names.add(name.split('/')[0] ?? '');
        else if (!name.includes('/')) names.delete(name);
      }
      return [...names].sort();
    },
  };
}
