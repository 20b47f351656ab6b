import { isRunning } from '../process/process-identity';
import { listLabs, type LabState } from '../process/state';
import { renderTable } from '../../terminal/table';

/** Prints every lab of this user. Returns the exit code: 1 when none runs. */
export function printStatus(): number {
  const labs = listLabs();
  for (const lab of labs) process.stdout.write(renderLab(lab));
  if (labs.length === 0) process.stdout.write('no lab runs; "./registry lab up" starts one\n');
  return labs.some(({ owner }) => isRunning(owner)) ? 0 : 1;
}

/** A lab's name and state, its servers as a table, and what could not be had. */
export function renderLab(lab: LabState): string {
  const running = isRunning(lab.owner);
  const state = running ? (lab.ready ? 'up' : 'starting') : 'killed; the next up or down removes its rest';
  const rows = [...lab.servers]
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(({ name, version, address, readyAfterMs = 0, identity }) => [
      name,
      version,
      address,
      identity === undefined
        ? 'existing'
        : isRunning(identity)
          ? `${(readyAfterMs / 1000).toFixed(1)} s`
          : 'ended',
    ]);
  const missing = lab.unavailable.map((reason) => `unavailable: ${reason}\n`).join('');
  return `lab ${lab.name}: ${state}\n${renderTable(['component', 'version', 'address', 'ready after'], rows)}${missing}`;
}
