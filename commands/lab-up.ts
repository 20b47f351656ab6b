import { serverNames, supervise, type LabUpProps } from '../lab/runs/supervise';
import { up } from '../lab/runs/up';
import { command, type Verb } from '../terminal/command';
import { exitOf } from '../terminal/exit-codes';
import { each, oneOf } from '../terminal/option-values';

export const labUp = starting('up', 'start servers, and leave them running', up);

/** The process that `up` leaves behind. */
export const labSupervise = starting('supervise', 'what up leaves behind; not for hands', supervise);

function starting(name: string, summary: string, start: (props: LabUpProps) => Promise<number>): Verb {
  return (_, end) =>
    command({
      ...{ name, summary },
      examples: [
        ['lab up', 'everything that can be had'],
        ['lab up forge legacy-registry', 'what is named'],
        ['lab up --pods', 'and a node that runs pods; as root'],
      ],
    })
      .argument(
        '[server...]',
        `of ${serverNames().join(', ')} (default: all)`,
        each(oneOf(serverNames())),
        [],
      )
      .option('--name <lab>', 'its name, for a second one', 'default')
      .option('--pods', 'also nodes that run pods, beside the API server; takes root', false)
      .action(async (servers, { pods, name: lab }) => {
        end(exitOf(await start({ name: lab, servers, pods })));
      });
}
