import { loadAlertRules } from './alert-rules';
import type { StackPlan, Todo } from './change';
import { dashboardFaults } from './dashboards';
import type { SharedStack, WholeStack } from './deliverable';
import { collectFaults, DeliveryRefused } from './fault';
import { stackFileName } from './folder';
import { deliveredBody, filesBeside } from './generated-file';
import type { ParseHcl } from '../hcl/read';
import { leftovers } from './leftovers';
import { resourcesMovedOut } from './module-call';
import { oursOf } from './ours';
import { planOwnFiles } from './own-files';
import { replacedBy } from './replaced';
import { planSharedStack } from './shared-stack';
import { stackTodo } from './stack-todo';
import { readGenerated, readHandWritten } from './terragrunt';
import { withChanges, type Tree } from './tree';
import { planWholeStack } from './whole-stack';

/**
 * The plan of a stack with everything that lies beside its generated file: the files that it reads come before it, and
 * what nothing reads any more goes after the HCL is gone.
 */
export async function planStack(
  tree: Tree,
  stack: WholeStack | SharedStack,
  parse: ParseHcl,
): Promise<StackPlan> {
  const folder = stack.kind === 'whole' ? `stacks/${stack.stack}` : stack.modulePath;
  const path = `${folder}/${stackFileName}`;
  const delivered = tree.read(path);
  const body = deliveredBody(stack.json, stack.drop);
  const faults: string[] = [];
  const plan = await collectFaults(faults, () =>
    stack.kind === 'whole' ? planWholeStack(tree, stack, parse) : planSharedStack(tree, stack, parse),
  );
  const wanted = inFolder(folder, Object.entries(stack.files ?? {}));
  const files = planOwnFiles(tree, {
    wanted,
    delivered: new Map(Object.entries(inFolder(folder, filesBeside(delivered)))),
    takesOver: [],
  });
  faults.push(...files.faults, ...dashboardFaults(tree, `stacks/${stack.stack}`, wanted));
  const generated = await readGenerated(tree, `stacks/${stack.stack}`, parse);
  const handWritten =
    (await collectFaults(faults, () => readHandWritten(tree, folder, generated, parse))) ?? [];
  const movedOut = plan === undefined ? [] : await resourcesMovedOut(tree, handWritten, oursOf(body), parse);
  const replaced = replacedBy(body, path, delivered, handWritten, movedOut);
  faults.push(...replaced.faults);
  if (plan === undefined || faults.length > 0) throw new DeliveryRefused(faults);

  const changes = [...files.written, ...plan.changes, ...files.removed];
  const todo: Todo[] = [];
  if (stack.kind === 'shared' && stack.alertRules !== undefined) {
    const after = withChanges(tree, changes);
    const left = await readHandWritten(after, folder, generated, parse);
    const loaded = await loadAlertRules(
      after,
      { stack: stack.stack, folder, own: wanted },
      stack.alertRules,
      left,
      parse,
    );
    if (loaded.faults.length > 0) throw new DeliveryRefused(loaded.faults);
    changes.push(...loaded.changes);
    todo.push(...loaded.todo);
  }
  const unread = leftovers(withChanges(tree, changes), folder, plan.changes);
  return {
    stack: stack.stack,
    changes: [...changes, ...unread.removed],
    notes: [
      ...plan.notes,
      ...unread.notes,
      ...replaced.unknown.map(
        (sentence) => `${sentence}; a plan that replaces it means the estate is wrong there`,
      ),
    ],
    replaced: replaced.sentences,
    todo: [...stackTodo(stack.stack, body, delivered, handWritten), ...todo],
  };
}

function inFolder(folder: string, files: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries([...files].map(([path, text]) => [`${folder}/${path}`, text]));
}
