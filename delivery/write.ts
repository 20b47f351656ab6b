import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Change } from './change';
import type { Tree } from './tree';

/** What a delivery does to the disk, one step each; a test kills the process at every one. */
export interface FileOperations {
  /** Creates a new file and leaves it complete and on the disk. */
  create(path: string, text: string, mode: number): void;
  rename(from: string, to: string): void;
  /** Removes a file if it is there. */
  remove(path: string): void;
  /** Makes renames and removals in a folder durable. */
  syncFolder(path: string): void;
}

export const realFileOperations: FileOperations = {
  create: (path, text, mode) => {
    writeFileSync(path, text, { flag: 'wx', mode, flush: true });
  },
  rename: renameSync,
  remove: (path) => {
    rmSync(path, { force: true });
  },
  syncFolder: (path) => {
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  },
};

/** The name under which a file is written before it takes its place; Terraform does not read names with a leading dot. */
const temporaryName = (path: string): string => join(dirname(path), `.${basename(path)}.deliver-tmp`);

/** The inverse of `temporaryName`: true for what a killed delivery may leave behind. */
export const isTemporary = (path: string): boolean => /^\..+\.deliver-tmp$/u.test(basename(path));

export const changedMeanwhile = (path: string): string =>
  `${path}: changed while the delivery was being planned; nothing further was written, run it again`;

/** Carries the changes out in order; each file is the old or the new one at any moment. */
export function writeChanges(
  root: string,
  disk: Tree,
  changes: readonly Change[],
  operations: FileOperations = realFileOperations,
): void {
  for (const { path, before, after } of changes) {
    if (disk.read(path) !== before) throw new Error(changedMeanwhile(path));
    const full = join(root, path);
    if (after === undefined) {
      operations.remove(full);
    } else {
      const temporary = temporaryName(full);
      mkdirSync(dirname(full), { recursive: true });
      operations.remove(temporary);
      const mode = before === undefined ? 0o644 : statSync(full).mode & 0o777;
      operations.create(temporary, after, mode);
      operations.rename(temporary, full);
    }
    operations.syncFolder(dirname(full));
  }
}
