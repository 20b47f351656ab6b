import { shellWord } from '../terminal/shell-words';
import type { Change, StackPlan, Todo } from './change';
import { branches } from './git';

const branch = 'registry-consolidation';

/** What is left after the files are written, in the order in which it is to be done. */
export function deliveryTodo(root: string, stacks: readonly StackPlan[], changes: readonly Change[]): Todo[] {
  if (changes.length === 0) return [];
  const git = `git -C ${shellWord(root)}`;
  const touched = sorted(changes.flatMap(({ path }) => /^stacks\/([^/]+)\//u.exec(path)?.slice(1, 2) ?? []));
  const folders = sorted(changes.map(({ path }) => path.split('/')[0] ?? ''));
  const { current, all } = branches(root);
  const change = current === branch ? [] : [`${git} switch ${all.includes(branch) ? '' : '-c '}${branch}`];
  const plans = touched.map((stack) => ` --stack ${stack}`).join('');
  return [
    ...together(stacks.flatMap(({ todo = [] }) => todo)),
    {
      what: 'commit the delivery on a branch that CI does not apply',
      commands: [
        ...change,
        `${git} add --all -- ${folders.join(' ')}`,
        `${git} commit -m "deliver: ${touched.join(', ') || folders.join(', ')}"`,
      ],
    },
    ...(touched.length === 0
      ? []
      : [
          {
            what: 'read what Terraform would do in each stack: it must destroy and replace nothing but what is named above',
            commands: [`./registry parity --into ${shellWord(root)}${plans}`],
          },
        ]),
    {
      what:
        touched.length === 0
          ? 'push it, and merge it where its readers are'
          : 'then push it and merge it: CI applies what the merge touches, so look that it did',
      commands: [`${git} push -u origin ${branch}`],
    },
  ];
}

/** What several stacks ask for is done once. */
function together(todo: readonly Todo[]): Todo[] {
  const commands = new Map<string, string[]>();
  for (const one of todo)
    commands.set(one.what, [...new Set([...(commands.get(one.what) ?? []), ...one.commands])]);
  return [...commands].map(([what, all]) => ({ what, commands: all }));
}

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();
