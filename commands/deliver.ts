import { deliverablesOfTheEstate } from '../delivery/of-estate';
import type { Deliverable } from '../delivery/deliverable';
import { prepareDelivery } from '../delivery/deliver';
import { chosenStacks } from '../delivery/chosen-stacks';
import { formatDelivery } from '../delivery/report';
import { estate } from '../estate';
import { describeOverride } from '../estate/overrides';
import type { Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { addTo } from '../terminal/option-values';
import { verbCommand } from './listed';

/** Shows what a delivery would change in a Terragrunt tree, or with --write changes it. */
export function deliver(deliverables: () => readonly Deliverable[] = deliverablesOfTheEstate): Verb {
  return ({ out }, end) =>
    verbCommand('deliver', {
      examples: [
        ['deliver --into ../infra', 'each file, why, and a diff; changes nothing'],
        ['deliver --into ../infra --stack forgejo --write', 'do that for one stack'],
      ],
    })
      .requiredOption('--into <tree>', 'root of the tree, in a clean git work tree')
      .option('--stack <name>', 'only this stack; repeat it for more (default: all)', addTo, [])
      .option('--write', 'change the tree')
      .action(async ({ into, stack, write = false }) => {
        for (const each of estate.overrides) out(`${each.claim}: ${describeOverride(each)}\n`);
        const delivery = await prepareDelivery(into, chosenStacks(deliverables(), stack));
        const count = delivery.changes.length;
        if (count === 0) {
          out(`nothing to do: ${into} holds everything already\n`);
          end(exit.done);
          return;
        }
        out(formatDelivery(delivery));
        if (write) delivery.write();
        const files = count === 1 ? '1 file' : `${count} files`;
        out(write ? `\nwrote ${files}\n` : `\nnothing written; --write changes ${files}\n`);
        end(write ? exit.done : exit.found);
      });
}
