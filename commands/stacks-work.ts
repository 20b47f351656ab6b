import { resolve } from 'node:path';
import { applyStacks } from '../apply/apply-stacks';
import { planStacks } from '../apply/plan-stacks';
import { applyJob, exitOfOutcomes, formatOutcomes, gaugesOf } from '../apply/report';
import { updateGroup } from '../clients/pushgateway';
import { vaultVariables } from '../credentials/operator';
import type { Estate } from '../estate/estate';
import { command, type Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { httpUrl } from '../terminal/option-values';
import { runningLine } from '../terminal/progress';
import type { Terminal } from '../terminal/terminal';
import { stacksAtWork, type StacksMeans } from './stacks-means';

/** Plans into files what `stacks apply` applies; changes nothing. */
export const planOfStacks =
  (ofTheEstate: () => Estate, means: StacksMeans): Verb =>
  (terminal, end) =>
    command({
      name: 'plan',
      summary: 'plan every stack whose content is not what was applied last, into a folder; changes nothing',
      examples: [
        ['stacks plan --tree . --plans /tmp/plans', 'in a pipeline of the tree'],
        ['stacks plan --tree ../infra --plans /tmp/plans', 'from a workstation'],
      ],
      environment: vaultVariables,
    })
      .option(
        '--tree <root>',
        'the tree that the estate is delivered into (default: what is synthesized here)',
      )
      .requiredOption('--plans <folder>', 'for the saved plans, which only its owner may read')
      .action(async (options) => {
        const { work, told } = await begin(ofTheEstate(), options, terminal, means);
        const { stacks: outcomes } = await planStacks(work);
        told(formatOutcomes(outcomes));
        const code = exitOfOutcomes(outcomes);
        const isDue = outcomes.some(({ outcome }) => outcome === 'due' || outcome === 'by-hand');
        end(code === exit.done && isDue ? exit.found : code);
      });

/** Applies exactly what `stacks plan` saved, and records it. */
export const applyOfStacks =
  (ofTheEstate: () => Estate, means: StacksMeans): Verb =>
  (terminal, end) =>
    command({
      name: 'apply',
      summary: 'apply exactly the plans that "stacks plan" saved, and record what was applied',
      examples: [['stacks apply --tree . --plans /tmp/plans', 'in the same pipeline']],
      environment: vaultVariables,
    })
      .option('--tree <root>', 'as it was planned')
      .requiredOption('--plans <folder>', 'in which the plans are')
      .option('--pushgateway <url>', 'to tell it how each stack ended (default: nobody is told)', httpUrl)
      .action(async ({ pushgateway: url, ...options }) => {
        const { work, told } = await begin(ofTheEstate(), options, terminal, means);
        const outcomes = await applyStacks(work);
        told(formatOutcomes(outcomes));
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

/** What both work on, and how they tell at the end. */
async function begin(
  estate: Estate,
  { tree, plans }: { readonly tree?: string; readonly plans: string },
  terminal: Terminal,
  means: StacksMeans,
): Promise<{ readonly work: Parameters<typeof applyStacks>[0]; readonly told: Terminal['out'] }> {
  const line = runningLine(terminal);
  const work = {
    ...(await stacksAtWork(estate, tree, terminal.environment, means)),
    ledger: means.ledger(estate, terminal.environment),
    folder: resolve(plans),
    ...{ wait: means.wait, nowMs: means.now, tell: line.show },
  };
  const told = (text: string): void => {
    line.end();
    terminal.out(text);
  };
  return { work, told };
}
