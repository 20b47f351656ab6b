import { statSync } from 'node:fs';
import { estate } from '../estate';
import { compareWithEstate } from '../scan/compare';
import { formatScan } from '../scan/report';
import { retiredOf } from '../scan/retired';
import { scanTree } from '../scan/scan-tree';
import { Refused } from '../steps/refused';
import type { Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { verbCommand } from './listed';

/** Finds every reference to what the migration retires in a source tree. */
export const scan =
  (): Verb =>
  ({ out }, end) =>
    verbCommand('scan', {
      description:
        'Finds every reference to the legacy registry, and to images that leave Docker Hub. Comments and Markdown are prose and do not count as found.',
      examples: [
        ['scan ../infra', 'each file and line, and where tree and estate differ'],
        ['scan ../infra --json', 'one JSON document, for a pipeline'],
      ],
    })
      .argument('<tree>', 'the root of a tree; it is read whole, and links are not followed')
      .option('--prose', 'list comments and documents too')
      .option('--json', 'print one JSON document')
      .action((tree, { prose = false, json = false }) => {
        if (statSync(tree, { throwIfNoEntry: false })?.isDirectory() !== true)
          throw new Refused([`scan: is no folder, got "${tree}"; name the root of the tree`]);
        const found = scanTree(tree, retiredOf(estate));
        const differences = compareWithEstate(estate, found.references);
        out(
          json
            ? `${JSON.stringify({ ...found, differences }, null, 2)}\n`
            : formatScan(found, differences, prose),
        );
        if (found.unread.length > 0) end(exit.failed);
        else if (differences.length > 0 || found.references.some(({ use }) => use === 'live'))
          end(exit.found);
        else end(exit.done);
      });
