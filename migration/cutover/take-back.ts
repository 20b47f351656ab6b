import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWorkTree } from '../../delivery/work-tree';

/**
 * Undoes what this run wrote into pipelines, which a delivery plans from the last commit and would take for a person's. The
 * way there was refused where anything else was uncommitted.
 */
export function takeBack(into: string): void {
  const { root, dirty, committed } = openWorkTree(into);
  for (const { path } of dirty) {
    const text = path.startsWith('.woodpecker/') ? committed.read(path) : undefined;
    if (text !== undefined) writeFileSync(join(root, path), text);
  }
}
