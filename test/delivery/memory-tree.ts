import type { Tree } from '../../delivery/tree';

/** A tree of these files, for what only plans. */
export function memoryTree(texts: Readonly<Record<string, string>>): Tree {
  const files = new Map(Object.entries(texts));
  return {
    read: (path) => files.get(path),
    list: (folder) => {
      const prefix = folder === '.' || folder === '' ? '' : `${folder}/`;
      const below = [...files.keys()].filter((path) => path.startsWith(prefix));
      return [...new Set(below.map((path) => path.slice(prefix.length).split('/')[0] ?? ''))].sort();
    },
  };
}
