import { writeFileSync } from 'node:fs';
import { estate as theEstate } from '../estate';
import type { Estate } from '../estate/estate';
import { takeOverview } from '../review/report/overview';
import { reportPage } from '../review/report/page';
import { isWell } from '../review/report/words';
import { Refused } from '../steps/refused';
import type { Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { urlBelowPath } from '../terminal/option-values';
import { unwritable } from '../terminal/unwritable';
import { verbCommand } from './listed';

/** How the migration stands, as a page. */
export function report(ofTheEstate = (): Estate => theEstate, now = Date.now): Verb {
  return ({ out }, end) =>
    verbCommand('report', {
      description:
        'Writes one HTML page that needs nothing beside itself. It ends with 2 where a gate is open, or where a result is not as it should be or could not be had; the page is written all the same.',
      examples: [
        ['report', 'writes report.html'],
        ['report --prometheus http://127.0.0.1:9090', 'with the last results, beside kubectl port-forward'],
        ['report --out /srv/www/registry.html', 'to another file'],
      ],
    })
      .option('--prometheus <url>', 'where the last results of probe and retention are', urlBelowPath)
      .option('--out <file>', 'the page', 'report.html')
      .action(async ({ prometheus, out: file }) => {
        const overview = await takeOverview(ofTheEstate(), prometheus, now());
        write(file, reportPage(overview));
        out(`written: ${file}\n`);
        end(isWell(overview) ? exit.done : exit.found);
      });
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new Refused([unwritable('--out', file, error)]);
  }
}
