import { stackFolderIn, withPlan } from '../delivery/plan-in-tree';
import { formatPlannedChanges, plannedChanges } from '../delivery/planned-changes';
import { estate } from '../estate';
import type { Verb } from '../terminal/command';
import { exit, type ExitCode } from '../terminal/exit-codes';
import { addTo } from '../terminal/option-values';
import { untilTold } from '../terminal/until-told';
import { verbCommand } from './listed';

const apps = estate.apps.map(({ stack }) => stack);
const everyStack = [...new Set(['forgejo', ...Object.keys(estate.stacks.shared), ...apps])];

/** What an apply of each delivered stack would do, planned with the tree's own state and cluster. */
export function parity(): Verb {
  return ({ out, err, environment }, end) =>
    verbCommand('parity', {
      examples: [
        ['parity --into ../infra', 'every stack'],
        ['parity --into ../infra --stack forgejo', 'one'],
      ],
    })
      .requiredOption('--into <tree>', 'root of the tree that was delivered into')
      .option('--stack <name>', 'only this stack; repeat it for more (default: all)', addTo, [])
      .action(async ({ into, stack }) => {
        let code: ExitCode = exit.done;
        const signal = untilTold();
        for (const name of stack.length === 0 ? everyStack : stack) {
          try {
            const changes = await withPlan(
              stackFolderIn(into, name),
              environment,
              (plan) => Promise.resolve(plannedChanges(plan)),
              signal,
            );
            out(`${formatPlannedChanges(name, changes)}\n`);
            if (changes.replaced.length + changes.destroyed.length > 0 && code === exit.done)
              code = exit.found;
          } catch (error) {
            err(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
            code = exit.failed;
            if (signal.aborted) break;
          }
        }
        end(code);
      });
}
