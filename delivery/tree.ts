import type { Change } from './change';

/** The tree that receives the delivery, read-only; paths are relative to its root, with forward slashes. */
export interface Tree {
  /** `undefined` when there is no such file. Refuses a link that leaves the tree and text that is not UTF-8. */
  read(path: string): string | undefined;
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(folder: string): readonly string[];
}

/** The tree as it will be, so that what is planned next sees what was planned before. */
export function withChanges(tree: Tree, changes: readonly Change[]): Tree {
  const after = new Map(changes.map((change) => [change.path, change.after]));
  return {
    read: (path) => (after.has(path) ? after.get(path) : tree.read(path)),
    list: (folder) => {
      const names = new Set(tree.list(folder));
      for (const [path, text] of after) {
        const name = path.slice(folder.length + 1);
        if (!path.startsWith(`${folder}/`) || name.includes('/')) continue;
        if (text === undefined) names.delete(name);
        else names.add(name);
      }
      return [...names].sort();
    },
  };
}
