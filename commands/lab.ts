import { down } from '../lab/runs/down';
import { printEnvironment } from '../lab/runs/environment';
import { printLogs } from '../lab/runs/logs';
import { printStatus } from '../lab/runs/status';
import { command, type Verb } from '../terminal/command';
import { exitOf } from '../terminal/exit-codes';
import { labTools } from './lab-tools';
import { labRehearse } from './lab-rehearse';
import { labSupervise, labUp } from './lab-up';
import { summaries } from './summaries';

/** Real servers on this machine, for tests and rehearsal. */
export const lab = (): Verb => (terminal, end) => {
  const named = (name: string, summary: string, example: readonly [string, string]) =>
    command({ name, summary, examples: [example] }).option('--name <lab>', 'which lab', 'default');
  return command({
    name: 'lab',
    summary: summaries.lab,
    examples: [
      ['lab up', 'all of them'],
      ['lab down', 'end them'],
    ],
  })
    .addCommand(labUp(terminal, end))
    .addCommand(
      command({
        name: 'status',
        summary: 'print what runs',
        examples: [['lab status', 'of every lab']],
      }).action(() => {
        end(exitOf(printStatus()));
      }),
    )
    .addCommand(
      named('env', 'print shell lines that lead tests to a lab', [
        'lab env',
        'eval "$(./registry lab env)"',
      ]).action(({ name }) => {
        end(exitOf(printEnvironment(name)));
      }),
    )
    .addCommand(
      named('logs', 'print the last lines of logs', ['lab logs kube-apiserver', 'of one server'])
        .argument('[server]', 'one server, as lab status names it (default: all)')
        .action((server, { name }) => {
          end(exitOf(printLogs(name, server)));
        }),
    )
    .addCommand(
      named('down', "end a lab's servers and remove its folder", ['lab down', 'end the lab']).action(
        async ({ name }) => {
          end(exitOf(await down(name)));
        },
      ),
    )
    .addCommand(labRehearse(terminal, end))
    .addCommand(labTools(terminal, end))
    .addCommand(labSupervise(terminal, end), { hidden: true });
};
