import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const names = [
  ...(['answer', 'clear', 'crontab', 'lock', 'make-directory'] as const),
  ...(['observe', 'pull', 'remove', 'write'] as const),
];

export type MachineScript = (typeof names)[number];

/**
 * What brings a machine to its list, run as root on it: by a rollout from a workstation, and by the registry VM's
 * pipeline. They take one lock and leave the same marks, so that either finishes what the other began. Each may be cut
 * at any point and be run again; paths and modes come as arguments, content and secrets as input.
 */
export const machineScripts = Object.fromEntries(
  names.map((name) => [name, readFileSync(join(__dirname, 'machine-scripts', `${name}.sh`), 'utf8')]),
) as Readonly<Record<MachineScript, string>>;

/** The mark of a file that was changed and not checked yet, whatever else it needs. */
export const unverifiedMark = 'verify';

/** The name under which a machine remembers that an effect is still to come: `recreate nginx` is `recreate%20nginx`. */
export function markOf(effect: string): string {
  return encodeURIComponent(effect);
}
