import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { Refused } from '../steps/refused';
import { assertWorkTree, dirtyPaths, type DirtyPath } from './git';
import { rootNames } from './terragrunt';
import { withTexts, type Tree } from './tree';

/** A Terragrunt tree in a git work tree. */
export interface WorkTree {
  readonly root: string;
  readonly dirty: readonly DirtyPath[];
  /** What is on the disk. */
  readonly disk: Tree;
  /** What the last commit holds (or, of what git ignores, the disk): a killed delivery plans the same again from it. */
  readonly committed: Tree;
}

/** Opens `--into`; refuses what is no Terragrunt tree under git. */
export function openWorkTree(into: string): WorkTree {
  const root = realFolder(into);
  if (root.split(sep).includes('cdktf.out')) {
    throw new Refused([
      `${into}: lies inside "cdktf.out", which cdktf synth empties of what it did not write; name the infrastructure tree`,
    ]);
  }
  const disk = diskTree(root);
  if (rootNames.every((name) => disk.read(name) === undefined)) {
    throw new Refused([
      `${into}: not a Terragrunt tree, got no ${rootNames.join(' or ')} at its root; name the folder that holds it and stacks/`,
    ]);
  }
  assertWorkTree(root);
  const dirty = dirtyPaths(root);
  const committed = withTexts(disk, new Map(dirty.map(({ path, committed: text }) => [path, text])));
  return { root, dirty, disk, committed };
}

/** Why these paths cannot be written where they are: links and write protection. */
export function placeFaults(root: string, paths: readonly string[]): string[] {
  const faults = new Set<string>();
  for (const path of paths) {
    const full = join(root, path);
    const folder = existingFolder(dirname(full));
    if (realpathSync(folder) !== folder) {
      faults.add(`${dirname(path)}: is reached through a symbolic link; deliver into the real folder`);
    }
    const entry = lstatSync(full, { throwIfNoEntry: false });
    if (entry?.isSymbolicLink() === true) {
      faults.add(`${path}: is a symbolic link, and writing would replace it; put a file in its place`);
    } else if (entry !== undefined && isReadOnly(full)) {
      faults.add(`${path}: is read-only; allow writing (chmod u+w)`);
    }
    if (isReadOnly(folder)) {
      faults.add(
        `${dirname(path)}: the folder is read-only; allow writing (chmod u+w), or mount it writable`,
      );
    }
  }
  return [...faults];
}

/** The folder itself, or the nearest one above it that is there: the rest is made. */
function existingFolder(folder: string): string {
  return existsSync(folder) ? folder : existingFolder(dirname(folder));
}

function realFolder(into: string): string {
  try {
    const root = realpathSync(into);
    if (statSync(root).isDirectory()) return root;
  } catch {
    // Told below.
  }
  throw new Refused([`--into: no such folder, got "${into}"; name the root of the infrastructure tree`]);
}

function diskTree(root: string): Tree {
  const inside = (path: string): string | undefined => {
    const full = join(root, path);
    if (!isThere(full)) return undefined;
    let real: string;
    try {
      real = realpathSync(full);
    } catch {
      throw new Refused([`${path}: is a symbolic link to nothing; remove it or restore its target`]);
    }
    if (real !== root && !real.startsWith(`${root}${sep}`)) {
      throw new Refused([
        `${path}: is a symbolic link that leaves the tree, got "${real}"; put a file in its place`,
      ]);
    }
    return real;
  };
  return {
    read: (path) => {
      const real = inside(path);
      if (real === undefined || !statSync(real).isFile()) return undefined;
      const bytes = readFileSync(real);
      const text = bytes.toString('utf8');
      if (!Buffer.from(text, 'utf8').equals(bytes)) {
        throw new Refused([`${path}: is not UTF-8 text; convert it, Terraform refuses it too`]);
      }
      return text;
    },
    list: (folder) => {
      const real = inside(folder);
      if (real === undefined || !statSync(real).isDirectory()) return [];
      // A link to a folder around it would be read again and again.
      const isLoop =
        folder !== '.' && `${realpathSync(dirname(join(root, folder)))}${sep}`.startsWith(`${real}${sep}`);
      return isLoop ? [] : readdirSync(real).sort();
    },
  };
}

/** Nothing is below a file. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw error;
  }
}

/** The owner of no write bit is told apart from root, who may write everywhere and still should not here. */
function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
  } catch {
    return true;
  }
  return (statSync(path).mode & 0o222) === 0;
}
