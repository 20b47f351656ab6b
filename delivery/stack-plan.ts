import { loadAlertRules } from './alert-rules';
import type { StackPlan, Todo } from './change';
import { dashboardFaults } from './dashboards';
import type { SharedStack, WholeStack } from './deliverable';
import { Refused } from '../steps/refused';
import { collectFaults } from './collect-faults';
import { stackFileName } from './folder';
import { deliveredBody, deliveredJson, filesBeside } from './generated-file';
import type { ParseHcl } from '../hcl/read';
import { leftovers } from './leftovers';
import { resourcesMovedOut } from './module-call';
import { oursOf } from './ours';
import { narrowedRights, type Narrowing } from './narrowed-rights';
import { planOwnFiles } from './own-files';
import { planOwnedStack } from './owned-stack';
import { replacedBy } from './replaced';
import { resourcesOf } from './resources';
import { stackTodo } from './stack-todo';
import { readGenerated, readHandWritten } from './terragrunt';
import { withChanges, type Tree } from './tree';

/** The plan of a stack: the files that it reads come before its generated file, what nothing reads any more after the HCL. */
export async function planStack(
  tree: Tree,
  given: WholeStack | SharedStack,
  parse: ParseHcl,
): Promise<StackPlan> {
  const folder = given.kind === 'whole' ? `stacks/${given.stack}` : given.modulePath;
  const path = `${folder}/${stackFileName}`;
  const delivered = tree.read(path);
  const faults: string[] = [];
  const generated = await readGenerated(tree, `stacks/${given.stack}`, parse);
  const handWritten =
    (await collectFaults(faults, () => readHandWritten(tree, folder, generated, parse))) ?? [];
  const rights = await narrowedRights(
    deliveredBody(given.json, given.drop),
    path,
    {
      delivered: new Map(resourcesOf(deliveredJson(delivered))),
      handWritten: new Map(handWritten.flatMap(({ json }) => resourcesOf(json))),
    },
    given.kind === 'shared' ? (given.narrowed ?? []) : [],
    parse,
  );
  faults.push(...rights.faults);
  const stays = [...rights.kept.keys()].map((address) => `resource.${address}`);
  const stack = { ...given, drop: [...(given.drop ?? []), ...stays] };
  const body = deliveredBody(stack.json, stack.drop);
  const plan = await collectFaults(faults, () => planOwnedStack(tree, stack, parse));
  const wanted = inFolder(folder, Object.entries(stack.files ?? {}));
  const files = planOwnFiles(tree, {
    wanted,
    delivered: new Map(Object.entries(inFolder(folder, filesBeside(delivered)))),
    takesOver: [],
  });
  faults.push(...files.faults, ...dashboardFaults(tree, `stacks/${stack.stack}`, wanted));
  const movedOut = plan === undefined ? [] : await resourcesMovedOut(tree, handWritten, oursOf(body), parse);
  const replaced = replacedBy(body, path, delivered, handWritten, movedOut);
  faults.push(...replaced.faults);
  if (plan === undefined || faults.length > 0) throw new Refused(faults);

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
    if (loaded.faults.length > 0) throw new Refused(loaded.faults);
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
      ...rights.unknown.map((sentence) => `${sentence}; read in the plan whether rights go`),
      ...replaced.unknown.map(
        (sentence) => `${sentence}; a plan that replaces it means the estate is wrong there`,
      ),
    ],
    replaced: replaced.sentences,
    todo: [
      ...stackTodo(stack.stack, body, delivered, handWritten),
      ...rightsTodo(stack.stack, rights),
      ...todo,
    ],
  };
}

function rightsTodo(stack: string, { kept, losses }: Narrowing): Todo[] {
  const sentences = [
    ...[...kept].map(
      ([address, lost]) =>
        `"${address}" stays in your HCL, for the generated one would take rights away (${lost.join('; ')}); add them to the consumer in estate/vault.ts, or narrow it there in a step of its own`,
    ),
    ...losses.map((loss) => `${loss}; see that nobody needs it any more`),
  ];
  return sentences.map((sentence) => ({ what: `stacks/${stack}: ${sentence}`, commands: [] }));
}

function inFolder(folder: string, files: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries([...files].map(([path, text]) => [`${folder}/${path}`, text]));
}
