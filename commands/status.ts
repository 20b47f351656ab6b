import { estate as theEstate } from '../estate';
import type { Estate } from '../estate/estate';
import { takeOverview } from '../review/report/overview';
import { statusText } from '../review/report/status-text';
import { isWell } from '../review/report/words';
import type { Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { urlBelowPath } from '../terminal/option-values';
import { verbCommand } from './listed';

/** How the migration stands, in one screen. */
export function status(ofTheEstate = (): Estate => theEstate, now = Date.now): Verb {
  return ({ out }, end) =>
    verbCommand('status', {
      description:
        'Says in one screen how the migration stands and what to do next. It ends with 2 where a gate is open, or where a result is not as it should be or could not be had.',
      examples: [
        ['status', 'the phase, its gates, the next step'],
        ['status --prometheus http://127.0.0.1:9090', 'with the last results; beside kubectl port-forward'],
      ],
    })
      .option('--prometheus <url>', 'where the last results of probe and retention are', urlBelowPath)
      .action(async ({ prometheus }) => {
        const overview = await takeOverview(ofTheEstate(), prometheus, now());
        out(statusText(overview));
        end(isWell(overview) ? exit.done : exit.found);
      });
}
