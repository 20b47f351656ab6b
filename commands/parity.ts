import { planInTree, stackFolderIn } from '../delivery/plan-in-tree';
import { formatPlannedChanges, plannedChanges } from '../delivery/planned-changes';
import { estate } from '../estate';
import type { Verb } from '../terminal/command';
import { exit, type ExitCode } from '../terminal/exit-codes';
import { addTo } from '../terminal/option-values';
import { untilTold } from '../terminal/until-told';
import { verbCommand } from './listed';

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
        for (const name of stack.length === 0 ? stacksOfTheEstate() : stack) {
          try {
            const changes = plannedChanges(await planInTree(stackFolderIn(into, name), environment, signal));
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

function stacksOfTheEstate(): readonly string[] {
  const shared = Object.keys(estate.stacks.shared);
  return [...new Set(['forgejo', ...shared, ...estate.apps.map(({ stack }) => stack)])];
}
