import { readFileSync, writeFileSync } from 'node:fs';
import type { Change } from '../../delivery/change';
import { realFileOperations, writeChanges, type FileOperations } from '../../delivery/write';

/**
 * A delivery that is killed (SIGKILL, by itself) at its nth step: the program of a child process.
 * Every operation is a step, and a file's creation two: a half-written file, then a whole one.
 */
function main([root = '', plan = '', nth = '0']: readonly string[]): void {
  const changes = planned(readFileSync(plan, 'utf8'));
  let step = 0;
  const perhapsDie = (): void => {
    step += 1;
    if (step === Number(nth)) process.kill(process.pid, 'SIGKILL');
  };
  const operations: FileOperations = {
    create: (path, text, mode) => {
      writeFileSync(path, text.slice(0, text.length / 2));
      perhapsDie();
      realFileOperations.remove(path);
      realFileOperations.create(path, text, mode);
      perhapsDie();
    },
    rename: (from, to) => {
      realFileOperations.rename(from, to);
      perhapsDie();
    },
    remove: (path) => {
      realFileOperations.remove(path);
      perhapsDie();
    },
    syncFolder: (path) => {
      realFileOperations.syncFolder(path);
      perhapsDie();
    },
  };
  const read = (path: string): string | undefined => {
    try {
      return readFileSync(`${root}/${path}`, 'utf8');
    } catch {
      return undefined;
    }
  };
  writeChanges(root, { read, list: () => [] }, changes, operations);
  process.stdout.write(step.toString());
}

/** JSON has no `undefined`; an absent text is a file that does not exist. */
const planned = (json: string): Change[] =>
  (JSON.parse(json) as Change[]).map(({ before, after, ...change }) => ({ ...change, before, after }));

main(process.argv.slice(2));
