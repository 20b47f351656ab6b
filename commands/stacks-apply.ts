import { resolve } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { applyStacks } from '../apply/apply-stacks';
import { applyJob, exitOfOutcomes, formatOutcomes, gaugesOf } from '../apply/report';
import { updateGroup } from '../clients/pushgateway';
import { vaultVariables } from '../credentials/operator';
import type { Estate } from '../estate/estate';
import { command, type Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { httpUrl } from '../terminal/option-values';
import { runningLine } from '../terminal/progress';
import { stacksAtWork, type StacksMeans } from './stacks-means';

/** Applies exactly what `stacks plan` saved, and records it. */
export function applyOfStacks(
  terminal: Parameters<Verb>[0],
  end: Parameters<Verb>[1],
  ofTheEstate: () => Estate,
  means: StacksMeans,
): CommandUnknownOpts {
  return command({
    name: 'apply',
    summary: 'apply exactly the plans that "stacks plan" saved, and record what was applied',
    examples: [['stacks apply --tree . --plans /tmp/plans', 'in the same pipeline']],
    environment: vaultVariables,
  })
    .option('--tree <root>', 'as it was planned')
    .requiredOption('--plans <folder>', 'in which the plans are')
    .option('--pushgateway <url>', 'to tell it how each stack ended (default: nobody is told)', httpUrl)
    .action(async ({ tree, plans, pushgateway: url }) => {
      const estate = ofTheEstate();
      const { environment } = terminal;
      const line = runningLine(terminal);
      const outcomes = await applyStacks({
        ...(await stacksAtWork(estate, tree, environment, means)),
        ledger: means.ledger(estate, environment),
        folder: resolve(plans),
        ...{ wait: means.wait, nowMs: means.now, tell: line.show },
      });
      line.end();
      terminal.out(formatOutcomes(outcomes));
      let code = exitOfOutcomes(outcomes);
      for (const outcome of url === undefined ? [] : outcomes) {
        const gauges = gaugesOf(outcome, means.now());
        const group = { job: applyJob, stack: outcome.stack };
        if (gauges.length > 0)
          await updateGroup({ url: url ?? '', group }, gauges).catch((error: unknown) => {
            terminal.err(`${outcome.stack}: no metric, got ${String(error)}\n`);
            code = exit.failed;
          });
      }
      end(code);
    });
}
