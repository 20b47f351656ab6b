import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const waitStepMs = 20;
const waitMs = 10_000;

/** The control group of a lab's folder, as every hierarchy has it: `/registry-lab-<uid>/<lab>`. */
export function cgroupOf(labFolder: string): string {
  return join('/', basename(dirname(labFolder)), basename(labFolder));
}

/** Makes a control group in every hierarchy, with every controller that there is. */
export function makeCgroup(path: string): void {
  for (const root of hierarchies()) {
    let parent = root;
    for (const name of path.split('/').filter((part) => part !== '')) {
      enableControllers(parent);
      parent = join(parent, name);
      mkdirSync(parent, { recursive: true });
    }
    enableControllers(parent);
  }
}

/** The names of the labs that have control groups, under the folder of all labs. */
export function labsWithCgroups(labsFolder: string): readonly string[] {
  const parents = hierarchies().map((root) => join(root, basename(labsFolder)));
  return [...new Set(parents.flatMap(childrenOf))];
}

/**
 * Removes a control group and those below it, once their processes are gone; they were killed before,
 * and the kernel takes its time.
 */
export function removeCgroup(path: string): void {
  const deadline = Date.now() + waitMs;
  for (const root of hierarchies()) removeTree(join(root, path), deadline);
}

function removeTree(folder: string, deadline: number): void {
  for (const child of childrenOf(folder)) removeTree(join(folder, child), deadline);
  for (;;) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      if (Date.now() > deadline) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitStepMs);
  }
}

function childrenOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/** Version 2 hands controllers down one level at a time (cgroups(7), "cgroup.subtree_control"). */
function enableControllers(folder: string): void {
  const available = join(folder, 'cgroup.controllers');
  if (!existsSync(available)) return;
  for (const controller of readFileSync(available, 'utf8').trim().split(/\s+/).filter(Boolean)) {
    writeFileSync(join(folder, 'cgroup.subtree_control'), `+${controller}`);
  }
}

function hierarchies(): readonly string[] {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, folder = '']) => folder);
}
