import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { cgroupNames, cgroupOf, removeCgroup } from './cgroups';
import { isRunning, readIdentity, self } from './process-identity';

/** What the folder of a lab is called while it is removed. */
const gonePrefix = '.gone-';

/** The process whose end is the lab's. */
const ownerFile = 'owner.json';

/** The folder of all labs of this user. Short, since socket paths end at 108 bytes (unix(7)). */
function labsFolder(): string {
  return join(tmpdir(), `registry-lab-${userInfo().uid}`);
}

/** Makes the folder of a new lab, which this process owns; it appears with its owner or not at all. */
export function createLabFolder(): string {
  mkdirSync(labsFolder(), { recursive: true, mode: 0o700 });
  const half = mkdtempSync(join(labsFolder(), '.half-'));
  writeFileSync(join(half, ownerFile), JSON.stringify(self()));
  const folder = join(labsFolder(), `lab-${randomBytes(4).toString('hex')}`);
  renameSync(half, folder);
  return folder;
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

/** Removes what labs have left whose owner was killed, and returns their names. Their servers ended with the owner. */
export function sweepDeadLabs(): readonly string[] {
  for (const name of labFolders().filter((folder) => folder.startsWith(gonePrefix))) {
    rmSync(join(labsFolder(), name), { recursive: true, force: true });
  }
  const grouped = cgroupNames(labsFolder()); // before the list of labs: a lab has its folder first
  const labs = labFolders().flatMap((name) => {
    const owner = readIdentity(join(labsFolder(), name, ownerFile));
    return owner === undefined ? [] : [{ name, owner }];
  });
  const dead = labs.filter(({ owner }) => !isRunning(owner)).map(({ name }) => name);
  const forgotten = grouped.filter((name) => !existsSync(join(labsFolder(), name)));
  for (const name of [...dead, ...forgotten]) removeCgroup(cgroupOf(join(labsFolder(), name)));
  for (const name of dead) removeLabFolder(join(labsFolder(), name));
  return dead;
}
