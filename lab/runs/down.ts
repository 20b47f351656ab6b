import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../process/process-identity';
import { readLabState, sweepDeadLabs } from '../process/state';

/**
 * Ends a lab through its own supervisor, or removes what is left of it when that was killed.
 * Returns the exit code: 0 also when there was nothing to end.
 */
export async function down(name: string): Promise<number> {
  const lab = readLabState(name);
  if (lab === undefined) {
    process.stdout.write(`no lab "${name}" runs\n`);
    return 0;
  }
  if (isRunning(lab.owner)) {
    process.kill(lab.owner.pid, 'SIGTERM');
    // Each server has ten seconds before its supervisor insists; they end one after the other.
    const deadline = Date.now() + (lab.servers.length + 1) * 11_000;
    while (isRunning(lab.owner) && Date.now() < deadline) await sleep(50);
    if (isRunning(lab.owner)) process.kill(lab.owner.pid, 'SIGKILL');
    while (isRunning(lab.owner)) await sleep(50);
  }
  sweepDeadLabs();
  process.stdout.write(`lab ${name}: down\n`);
  return 0;
}
