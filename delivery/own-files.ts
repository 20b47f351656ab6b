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
  return {
    written: Object.entries(wanted).flatMap(([path, text]) => write(tree, path, text, delivered.has(path))),
    removed: gone.flatMap((path) => remove(tree, path)),
    faults: [
      ...Object.entries(wanted).flatMap(([path, text]) => placeFault(tree, path, text, delivered, takesOver)),
      ...gone.flatMap((path) => editedFault(tree, path, delivered.get(path))),
    ],
  };
}

function placeFault(
  tree: Tree,
  path: string,
  text: string,
  delivered: ReadonlyMap<string, string>,
  takesOver: readonly string[],
): string[] {
  const before = tree.read(path);
  if (before === undefined || before === text) return [];
  if (delivered.has(path)) return editedFault(tree, path, delivered.get(path));
  return takesOver.includes(path)
    ? []
    : [`${path}: a file of this name exists that no delivery wrote; move it away, it would be overwritten`];
}

function editedFault(tree: Tree, path: string, hash: string | undefined): string[] {
  const before = tree.read(path);
  return before === undefined || sha256(before) === hash
    ? []
    : [
        `${path}: the delivered file was edited by hand; bring the change into the estate, then restore the file with git`,
      ];
}

function write(tree: Tree, path: string, after: string, isOurs: boolean): Change[] {
  const before = tree.read(path);
  if (before === after) return [];
  const why =
    before === undefined || isOurs ? 'what this project renders' : 'in the place of the hand-written file';
  return [{ path, kind: 'write', before, after, why, takesOver: [] }];
}

function remove(tree: Tree, path: string): Change[] {
  const before = tree.read(path);
  if (before === undefined) return [];
  const why = 'this project does not render it any more';
  return [{ path, kind: 'remove', before, after: undefined, why, takesOver: [] }];
}
