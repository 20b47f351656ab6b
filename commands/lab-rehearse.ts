import { resolve } from 'node:path';
import { estate as theEstate } from '../estate';
import type { Estate } from '../estate/estate';
import type * as Loaded from '../lab/rehearsal/rehearse';
import { command, type Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { tellingSteps } from '../terminal/progress';

/** The whole migration on servers of its own, before it is done on yours. */
export const labRehearse: Verb = (terminal, end) =>
  command({
    name: 'rehearse',
    summary: 'go through the whole migration on servers of its own, pulling every image all the time',
    examples: [
      ['lab rehearse --quick', 'each step once'],
      ['lab rehearse', 'more builds, and steps killed and done again'],
      ['lab rehearse --estate ../mine/estate/index.ts', 'that of another homelab'],
    ],
  })
    .option('--quick', 'fewer builds, and nothing is killed', false)
    .option('--estate <file>', 'a TypeScript file that exports an estate (default: this one)')
    .option('--seed <text>', 'of where it kills', '1')
    .action(async ({ quick, estate, seed }) => {
      // Terraform's bindings take a second. import() would need other file extensions than jest's.
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      const { rehearse } = require('../lab/rehearsal/rehearse') as typeof Loaded;
      const subject = estate === undefined ? theEstate : estateIn(estate);
      const tell = tellingSteps(terminal);
      const { report, failures } = await rehearse({ estate: subject, quick, seed, tell });
      terminal.out(report);
      end(failures.length === 0 ? exit.done : exit.found);
    });

function estateIn(file: string): Estate {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const exported = Object.values(require(resolve(file)) as Record<string, unknown>);
  const found = exported.find(
    (each) => typeof each === 'object' && each !== null && 'images' in each && 'phase' in each,
  );
  if (found !== undefined) return found as Estate;
  throw new Error(`--estate: exports no estate, got "${file}"; name the file that assembles it`);
}
