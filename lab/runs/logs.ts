import { readFileSync } from 'node:fs';
import { readLabState } from '../process/state';

const lines = 50;

/** Prints the last lines of each server's log. Returns the exit code. */
export function printLogs(name: string, server?: string): number {
  const servers = (readLabState(name)?.servers ?? []).flatMap(({ name: title, logFile }) =>
    logFile === undefined ? [] : [{ name: title, logFile }],
  );
  const chosen = servers.filter((candidate) => server === undefined || candidate.name === server);
  if (chosen.length === 0) {
    const known = servers.map((candidate) => candidate.name).sort();
    process.stderr.write(
      `lab ${name}: no log of "${server ?? ''}"; there are: ${known.join(', ') || 'none'}\n`,
    );
    return 1;
  }
  for (const { name: title, logFile } of chosen) {
    const last = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines);
    process.stdout.write(`==> ${title}: ${logFile}\n${last.join('\n')}\n`);
  }
  return 0;
}
