import { existingAmong } from '../servers/existing';
import { readLabState } from '../process/state';

/** Prints the shell lines that lead tests to a lab which runs, instead of starting their own. Returns the exit code. */
export function printEnvironment(name: string): number {
  const variables = Object.fromEntries(
    (readLabState(name)?.servers ?? []).flatMap(({ whereabouts = {} }) => Object.entries(whereabouts)),
  );
  const servers = existingAmong(variables);
  if (servers.length === 0) {
    process.stderr.write(`lab ${name}: runs nothing that tests could use; "./registry lab up" starts it\n`);
    return 1;
  }
  for (const [variable, value] of Object.entries({ LAB_EXISTING: servers.join(','), ...variables }))
    process.stdout.write(`export ${variable}='${value}'\n`);
  return 0;
}
