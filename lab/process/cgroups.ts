import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const waitStepMs = 20;
const waitMs = 10_000;

/** The control group of a lab's folder, as every hierarchy has it: `/tmp-registry-lab-<uid>/<lab>`. */
export function cgroupOf(labFolder: string): string {
  return join(cgroupOfAll(dirname(labFolder)), basename(labFolder));
}

/** The whole path counts: labs of another temporary folder are somebody else's. */
function cgroupOfAll(labsFolder: string): string {
  return `/${labsFolder.slice(1).replaceAll('/', '-')}`;
}

/** Makes a control group in every hierarchy, with every controller that there is for those below it. */
export function makeCgroup(path: string): void {
  for (const root of hierarchies()) {
    mkdirSync(join(root, path), { recursive: true });
    let folder = root;
    for (const name of path.split('/')) {
      folder = join(folder, name);
      enableControllers(folder);
    }
  }
}

/** The names under which the labs of a folder have control groups. */
export function cgroupNames(labsFolder: string): readonly string[] {
  return [...new Set(hierarchies().flatMap((root) => childrenOf(join(root, cgroupOfAll(labsFolder)))))];
}

/** Removes a control group and those below it, once the kernel has done with their processes, which were killed before. */
export function removeCgroup(path: string): void {
  const deadline = Date.now() + waitMs;
  for (const root of hierarchies()) {
    removeTree(join(root, path), deadline);
    try {
      rmdirSync(dirname(join(root, path)));
    } catch {
      // another lab has its own there, or none was made
    }
  }
}

function removeTree(folder: string, deadline: number): void {
  for (const child of childrenOf(folder)) removeTree(join(folder, child), deadline);
  for (;;) {
    for (const pid of processesIn(folder)) endProcess(pid);
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

/** Nobody but a lab's servers is in its groups; one may have outlived an owner that was killed. */
function processesIn(folder: string): readonly number[] {
  try {
    // Of another namespace it is 0, which kill(2) takes for the caller's own group.
    const pids = readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').map(Number);
    return pids.filter((pid) => pid > 0);
  } catch {
    return [];
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended meanwhile
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
