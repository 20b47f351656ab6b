import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { cgroupNames, cgroupOf, removeCgroup } from './cgroups';
import { isRunning, self, type ProcessIdentity } from './process-identity';

/** One row of `lab status`. */
export interface ServerState {
  readonly name: string;
  readonly version: string;
  readonly address: string;
  /** These three are absent for what already ran before the lab and is only used by it. */
  readonly logFile?: string;
  readonly readyAfterMs?: number;
  readonly identity?: ProcessIdentity;
  /** The variables by which LAB_EXISTING leads another lab to it, secrets included: the folder is its user's alone. */
  readonly whereabouts?: Readonly<Record<string, string>>;
}

/** What a lab has written down about itself, in `lab.json` of its folder. */
export interface LabState {
  readonly name: string;
  /** The process that started the servers and ends them. */
  readonly owner: ProcessIdentity;
  readonly ready: boolean;
  readonly servers: readonly ServerState[];
  /** What was asked for and cannot be had, with the reason. */
  readonly unavailable: readonly string[];
}

/** What the folder of a lab is called while it is removed. */
const gonePrefix = '.gone-';

const nameForm = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** The folder of all labs of this user. Short, since socket paths end at 108 bytes (unix(7)). */
function labsFolder(): string {
  return join(tmpdir(), `registry-lab-${userInfo().uid}`);
}

/** The folder of one lab: its state, its servers' data and their logs. */
export function labFolder(name: string): string {
  if (!nameForm.test(name)) {
    throw new Error(`lab: a name is lower-case letters, digits and dashes, got "${name}"; choose another`);
  }
  return join(labsFolder(), name);
}

/** Makes the folder of a new lab, owned by this process; it appears with its state or not at all. */
export function createLab(name: string): { readonly folder: string; readonly state: LabState } {
  const folder = labFolder(name);
  const state = { name, owner: self(), ready: false, servers: [], unavailable: [] };
  mkdirSync(labsFolder(), { recursive: true, mode: 0o700 });
  const half = mkdtempSync(join(labsFolder(), '.half-'));
  writeLabState(half, state);
  try {
    renameSync(half, folder);
  } catch (error) {
    rmSync(half, { recursive: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    throw new Error(`lab "${name}": already runs; "./registry lab down --name ${name}" ends it`);
  }
  return { folder, state };
}

export function writeLabState(folder: string, state: LabState): void {
  const next = join(folder, '.lab.json');
  writeFileSync(next, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(next, join(folder, 'lab.json'));
}

export function readLabState(name: string): LabState | undefined {
  try {
    return JSON.parse(readFileSync(join(labFolder(name), 'lab.json'), 'utf8')) as LabState;
  } catch {
    return undefined;
  }
}

/** Every lab of this user, dead ones included. */
export function listLabs(): readonly LabState[] {
  return labFolders()
    .map(readLabState)
    .filter((state) => state !== undefined);
}

function labFolders(): readonly string[] {
  try {
    return readdirSync(labsFolder());
  } catch {
    return [];
  }
}

/** Removes a lab's folder, at once for everyone who looks for it: a removal that is killed leaves no half of a lab. */
export function removeLabFolder(folder: string): void {
  const gone = join(dirname(folder), `${gonePrefix}${basename(folder)}-${randomBytes(4).toString('hex')}`);
  try {
    renameSync(folder, gone);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return;
  }
  rmSync(gone, { recursive: true, force: true });
}

/** Removes what labs have left whose owner is gone, and returns their names. */
export function sweepDeadLabs(): readonly string[] {
  for (const name of labFolders().filter((folder) => folder.startsWith(gonePrefix))) {
    rmSync(join(labsFolder(), name), { recursive: true, force: true });
  }
  const grouped = cgroupNames(labsFolder()); // before the list of labs: a lab has its folder first
  const labs = listLabs();
  const dead = labs.filter(({ owner }) => !isRunning(owner));
  for (const { name, servers } of dead) {
    for (const { identity } of servers) {
      if (identity !== undefined && isRunning(identity)) process.kill(-identity.pid, 'SIGKILL');
    }
    removeCgroup(cgroupOf(labFolder(name)));
    removeLabFolder(labFolder(name));
  }
  const forgotten = grouped.filter((name) => labs.every((lab) => lab.name !== name));
  for (const name of forgotten) removeCgroup(cgroupOf(labFolder(name)));
  return dead.map(({ name }) => name);
}
