import type { Change } from './change';
import { sha256 } from './generated-file';
import type { Tree } from './tree';

export interface OwnFiles {
  /** Path from the tree's root to text. */
  readonly wanted: Readonly<Record<string, string>>;
  /** What the last delivery left: path from the tree's root to the hash of its text. */
  readonly delivered: ReadonlyMap<string, string>;
  /** Hand-written files that the first delivery replaces. */
  readonly takesOver: readonly string[];
}

export interface OwnFilesPlan {
  readonly written: readonly Change[];
  readonly removed: readonly Change[];
  readonly faults: readonly string[];
}

/**
 * The plan of files that carry no marker, because their readers know none. A list elsewhere says which text was
 * delivered where: a file with that text is replaced or, once nobody wants it any more, removed; any other is not touched.
 */
export function planOwnFiles(tree: Tree, { wanted, delivered, takesOver }: OwnFiles): OwnFilesPlan {
  const gone = [...delivered.keys()].filter((path) => !(path in wanted));
  const change = (path: string, after: string | undefined): Change[] => {
    const before = tree.read(path);
    if (before === after) return [];
    if (after === undefined)
      return [{ path, kind: 'remove', before, after, why: 'this project does not render it any more' }];
    const isNew = before === undefined || delivered.has(path);
    const why = isNew ? 'what this project renders' : 'in the place of the hand-written file';
    return [{ path, kind: 'write', before, after, why }];
  };
  const faultAt = (path: string, text?: string): string[] => {
    const before = tree.read(path);
    if (before === undefined || before === text || sha256(before) === delivered.get(path)) return [];
    if (delivered.has(path))
      return [
        `${path}: the delivered file was edited by hand; bring the change into the estate, then restore the file with git`,
      ];
    return takesOver.includes(path)
      ? []
      : [`${path}: a file of this name exists that no delivery wrote; move it away, it would be overwritten`];
  };
  return {
    written: Object.entries(wanted).flatMap(([path, text]) => change(path, text)),
    removed: gone.flatMap((path) => change(path, undefined)),
    faults: [...Object.keys(wanted), ...gone].flatMap((path) => faultAt(path, wanted[path])),
  };
}
