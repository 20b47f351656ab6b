import type { Change, StackPlan, Todo } from './change';

/** What is left after the files are written, in the order in which it is to be done. */
export function deliveryTodo(root: string, stacks: readonly StackPlan[], changes: readonly Change[]): Todo[] {
  if (changes.length === 0) return [];
  const touched = [
    ...new Set(changes.flatMap(({ path }) => /^stacks\/([^/]+)\//u.exec(path)?.slice(1, 2) ?? [])),
  ].sort();
  return [
    ...stacks.flatMap(({ todo = [] }) => todo),
    {
      what: 'commit the delivery on a branch that CI does not apply',
      commands: [
        `git -C ${root} switch -c registry-consolidation`,
        `git -C ${root} add --all -- ${[...new Set(changes.map(({ path }) => path.split('/')[0] ?? ''))].sort().join(' ')}`,
        `git -C ${root} commit -m "deliver: ${touched.join(', ')}"`,
      ],
    },
    ...(touched.length === 0
      ? []
      : [
          {
            what: 'read what Terraform would do in each stack: it must destroy and replace nothing',
            commands: touched.map((stack) => `./registry parity --into ${root} --stack ${stack}`),
          },
        ]),
  ];
}
