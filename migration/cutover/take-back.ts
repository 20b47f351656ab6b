import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWorkTree } from '../../delivery/work-tree';

/**
 * Undoes what is uncommitted below a path: a delivery plans from the last commit, and would leave there what that says already
 * or, in pipelines, take it for a person's. The way there was refused where anything else was uncommitted.
 */
export function takeBack(into: string, below: string): void {
  const { root, dirty, committed } = openWorkTree(into);
  for (const { path } of dirty) {
    const text = path.startsWith(below) ? committed.read(path) : undefined;
    if (text !== undefined) writeFileSync(join(root, path), text);
  }
}
