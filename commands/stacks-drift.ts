import { detectDrift, driftGauges, driftJob } from '../apply/detect-drift';
import { stacksAtNight } from '../apply/stacks-at-night';
import { printable } from '../clients/printable';
import { pushedSamples } from '../clients/pushed-samples';
import { replaceGroup } from '../clients/pushgateway';
import { vaultVariables } from '../credentials/operator';
import type { Estate } from '../estate/estate';
import { command, type Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { httpUrl } from '../terminal/option-values';
import { runningLine } from '../terminal/progress';
import { renderTable } from '../terminal/table';
import { everyStackAtWork, type StacksMeans } from './stacks-means';

const words = ['as declared', 'not known', 'drifts'] as const;

/** Plans every stack of a tree, and changes none. */
export const driftOfStacks =
  (ofTheEstate: () => Estate, means: StacksMeans): Verb =>
  (terminal, end) =>
    command({
      name: 'drift',
      summary: 'plan every stack of a tree, and say which are other than it declares; changes nothing',
      examples: [['stacks drift --tree . --pushgateway http://pushgateway.example:9091', 'every night']],
      environment: vaultVariables,
    })
      .option('--tree <root>', 'the tree, at its newest commit (default: what is synthesized here)')
      .option('--pushgateway <url>', 'to tell it what was found (default: nobody is told)', httpUrl)
      .action(async ({ tree, pushgateway: url }) => {
        const estate = ofTheEstate();
        const { drift } = estate.stacks;
        const { environment } = terminal;
        const began = means.now();
        const line = runningLine(terminal);
        const { checkout, signal, stacks } = await everyStackAtWork(estate, tree, environment, means);
        const found = await detectDrift({
          stacks: await stacksAtNight(checkout, means.ledger(estate, environment), stacks),
          untilMs: began + drift.deadlineMinutes * 60_000,
          ...{ wait: means.wait, nowMs: means.now, tell: line.show, signal },
        });
        line.end();
        const rows = found
          .filter(({ state }) => state !== 0)
          .map(({ stack, state, says }) => [stack, words[state], printable(says.split('\n')[0] ?? '', 500)]);
        terminal.out(rows.length === 0 ? '' : renderTable(['STACK', 'IS', 'SAYS'], rows));
        const checked = found.filter(({ state }) => state !== 1).length;
        terminal.out(`${checked} of ${found.length} stacks were looked at\n`);
        if (url !== undefined) {
          const pushgateway = { url, group: { job: driftJob } };
          const before = await pushedSamples({ ...pushgateway, prefix: 'drift_stack_first_seen' });
          const firstSeen = new Map(before.map(({ labels, value }) => [labels['stack'] ?? '', value]));
          await replaceGroup(pushgateway, driftGauges(found, firstSeen, means.now()));
        }
        if (found.length < drift.leastStacks)
          terminal.err(
            `stacks.drift.leastStacks: the tree has ${drift.leastStacks} stacks or more, got ${found.length}; see that none is missing, or lower the fact in estate/stacks.ts\n`,
          );
        if (checked < found.length || checked < drift.leastStacks) end(exit.failed);
        else end(found.some(({ state }) => state === 2) ? exit.found : exit.done);
      });
