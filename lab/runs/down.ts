import { isRunning } from '../process/process-identity';
import { readLabState, sweepDeadLabs } from '../process/state';
import { until } from '../process/until';

/** Ends a lab through its supervisor, or removes what a killed one left. Returns the exit code: 0 also for nothing to end. */
export async function down(name: string): Promise<number> {
  const lab = readLabState(name);
  if (lab === undefined) {
    process.stdout.write(`no lab "${name}" runs\n`);
    return 0;
  }
  if (isRunning(lab.owner)) {
    process.kill(lab.owner.pid, 'SIGTERM');
    // Each server has ten seconds before its supervisor insists; they end one after the other.
    const timeoutMs = (lab.servers.length + 1) * 11_000;
    const hasEnded = (): true | undefined => (isRunning(lab.owner) ? undefined : true);
    if ((await until(hasEnded, { timeoutMs })) === undefined) process.kill(lab.owner.pid, 'SIGKILL');
    await until(hasEnded, { timeoutMs: Infinity });
  }
  sweepDeadLabs();
  process.stdout.write(`lab ${name}: down\n`);
  return 0;
}
