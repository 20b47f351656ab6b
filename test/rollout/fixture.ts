import type { ManagedMachine } from '../../cloud-init/managed-file';
import type { Activation } from '../../rollout/activation';
import type { Observation, Standing } from '../../rollout/observation';
import { resolveMachine, type ResolvedMachine } from '../../rollout/resolved-machine';
import type { Run } from '../../rollout/run-command';
import type { Ran } from '../../terminal/run';

export type Effect = 'none' | 'restart' | 'reload';

export const access = { user: 'wizard' };

export const activation: Activation = {
  commands: (effects) => [
    ...(effects.includes('reload') ? ['systemctl daemon-reload'] : []),
    ...(effects.includes('restart') ? ['systemctl restart containerd'] : []),
  ],
  needsDrain: (effects) => effects.includes('restart'),
};

const described: ManagedMachine<Effect> = {
  directories: ['/etc/app/conf.d'],
  files: [
    { path: '/etc/app/config.toml', mode: '0644', content: ['a = 1\n'], effect: 'restart' },
    { path: '/etc/app/unit.conf', mode: '0644', content: ['b\n'], effect: 'reload' },
    {
      path: '/etc/app/login',
      mode: '0600',
      content: ['token ', { vault: { path: 'viktor', key: 'token' } }, '\n'],
      effect: 'none',
    },
  ],
  absent: ['/etc/app/legacy/old.conf'],
};

export const machine: ResolvedMachine = resolveMachine(described, () => 's3cret');

export const emptyMachine: Observation = {
  directories: new Set(),
  files: new Map(),
  leftovers: new Set(machine.absent),
  pending: new Set(),
  readOnly: new Set(),
};

export const wholeMachine: Observation = {
  directories: new Set(machine.directories),
  files: new Map(
    machine.files.map(({ path, mode, text }): [string, Standing] => [
      path,
      { kind: 'file', mode, owner: '0:0', text },
    ]),
  ),
  leftovers: new Set(),
  pending: new Set(),
  readOnly: new Set(),
};

/** A runner that answers by the first key that the command line holds, and keeps what it was asked. */
export function answering(
  answers: Readonly<Record<string, Partial<Ran>>>,
): Run & { readonly asked: string[] } {
  const asked: string[] = [];
  const run: Run = ({ program, args }) => {
    const line = [program, ...args].join(' ');
    asked.push(line);
    const [, answer] = Object.entries(answers).find(([part]) => line.includes(part)) ?? [];
    return Promise.resolve({ code: 0, stdout: '', stderr: '', ...answer });
  };
  return Object.assign(run, { asked });
}
