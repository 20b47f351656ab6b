import { reusableAmong } from '../servers/existing';
import { readLabState } from '../process/state';

/** Prints the shell lines that lead tests to a lab which runs, instead of starting their own. Returns the exit code. */
export function printEnvironment(name: string): number {
  const servers = readLabState(name)?.servers ?? [];
  const variables = Object.fromEntries(
    servers.flatMap(({ whereabouts = {} }) => Object.entries(whereabouts)),
  );
  const reusable = reusableAmong(variables);
  if (reusable.length === 0) {
    process.stderr.write(`lab ${name}: runs nothing that tests could use; "npm run lab -- up" starts it\n`);
    return 1;
  }
  for (const [variable, value] of Object.entries({ LAB_EXISTING: reusable.join(','), ...variables }))
    process.stdout.write(`export ${variable}='${value}'\n`);
  return 0;
}
