import { resolve } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { planStacks } from '../apply/plan-stacks';
import { exitOfOutcomes, formatOutcomes } from '../apply/report';
import { vaultVariables } from '../credentials/operator';
import type { Estate } from '../estate/estate';
import { command, type Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { runningLine } from '../terminal/progress';
import { stacksAtWork, type StacksMeans } from './stacks-means';

/** Plans into files what `stacks apply` applies; changes nothing. */
export function planOfStacks(
  terminal: Parameters<Verb>[0],
  end: Parameters<Verb>[1],
  ofTheEstate: () => Estate,
  means: StacksMeans,
): CommandUnknownOpts {
  return command({
    name: 'plan',
    summary: 'plan every stack whose content is not what was applied last, into a folder; changes nothing',
    examples: [
      ['stacks plan --tree . --plans /tmp/plans', 'in a pipeline of the tree'],
      ['stacks plan --tree ../infra --plans /tmp/plans', 'from a workstation'],
    ],
    environment: vaultVariables,
  })
    .option('--tree <root>', 'the tree that the estate is delivered into (default: what is synthesized here)')
    .requiredOption('--plans <folder>', 'for the saved plans, which only its owner may read')
    .action(async ({ tree, plans }) => {
      const estate = ofTheEstate();
      const { environment } = terminal;
      const line = runningLine(terminal);
      const { stacks: outcomes } = await planStacks({
        ...(await stacksAtWork(estate, tree, environment, means)),
        ledger: means.ledger(estate, environment),
        folder: resolve(plans),
        ...{ wait: means.wait, nowMs: means.now, tell: line.show },
      });
      line.end();
      terminal.out(formatOutcomes(outcomes));
      const code = exitOfOutcomes(outcomes);
      const isDue = outcomes.some(({ outcome }) => outcome === 'due' || outcome === 'by-hand');
      end(code === exit.done && isDue ? exit.found : code);
    });
}
