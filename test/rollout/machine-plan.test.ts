import { describe, expect, test } from '@jest/globals';
import { planMachine, type MachinePlan } from '../../rollout/machine-plan';
import type { Observation } from '../../rollout/observation';
import { access, activation, emptyMachine, machine, wholeMachine } from './fixture';

const checks = [
  {
    kind: 'pull',
    reference: 'registry.example/app:1',
    credentials: { username: 'puller', password: 'pass' },
  },
] as const;
const plan = (observed: Observation, mustVerify = false): MachinePlan =>
  planMachine({ machine, observed, activation, checks, access, host: 'node1', mustVerify });
const titles = (observed: Observation, mustVerify = false): string[] =>
  plan(observed, mustVerify).steps.map(({ title }) => title);
const checked = ['pull registry.example/app:1', 'record that every check has passed'];
const standing = (path: string, change: object): Observation => ({
  ...wholeMachine,
  files: new Map(
    [...wholeMachine.files].map(([at, file]) => [at, at === path ? { ...file, ...change } : file]),
  ),
});

describe('the plan of a machine', () => {
  test('is empty when it holds everything', () => {
    expect(plan(wholeMachine)).toEqual({ steps: [], needsDrain: false });
  });

  test('goes from folders over files, what takes them up and what is removed to the checks', () => {
    expect(titles(emptyMachine)).toEqual([
      'make directory /etc/app/conf.d',
      'write /etc/app/config.toml (0644)',
      'write /etc/app/unit.conf (0644)',
      'write /etc/app/login (0600)',
      'systemctl daemon-reload',
      'systemctl restart containerd',
      'remove /etc/app/legacy/old.conf',
      ...checked,
    ]);
    expect(plan(emptyMachine).needsDrain).toBe(true);
  });

  test.each([
    ['its text', { text: 'a = 2\n' }],
    ['its mode', { mode: '0600' }],
    ['its owner', { owner: '1000:0' }],
    ['its being a link', { kind: 'link' }],
  ])('writes a file again for %s', (_, change) => {
    expect(titles(standing('/etc/app/config.toml', change))).toEqual([
      'write /etc/app/config.toml (0644)',
      'systemctl restart containerd',
      ...checked,
    ]);
  });

  test('restarts and drains nothing for a file that needs nothing', () => {
    const { steps, needsDrain } = plan(standing('/etc/app/login', { text: 'other' }));
    expect(steps.map(({ kind }) => kind)).toEqual(['write-file', 'verify', 'settle']);
    expect(needsDrain).toBe(false);
  });

  test('takes up what an earlier rollout wrote and was killed before', () => {
    const observed = { ...wholeMachine, pending: new Set(['restart', 'verify']) };
    expect(titles(observed)).toEqual(['systemctl restart containerd', ...checked]);
    expect(plan(observed).needsDrain).toBe(true);
  });

  test('only checks when that is all that is left, or all that is asked', () => {
    expect(titles({ ...wholeMachine, pending: new Set(['verify']) })).toEqual(checked);
    expect(titles(wholeMachine, true)).toEqual(checked);
  });

  test('removes what is left over, and checks then', () => {
    expect(titles({ ...wholeMachine, leftovers: new Set(machine.absent) })).toEqual([
      'remove /etc/app/legacy/old.conf',
      ...checked,
    ]);
  });

  test('shows no secret, neither of a file nor of a pull', () => {
    for (const { title, command, diff = '', advice } of plan(emptyMachine).steps)
      expect([title, command.shown, ...command.args, diff, advice].join('\n')).not.toMatch(
        /s3cret|puller|pass\b/,
      );
  });

  test('marks what a file needs before the file is in its place', () => {
    const marks = plan(emptyMachine)
      .steps.filter(({ kind }) => kind === 'write-file')
      .map(({ command }) => command.args.at(-1)?.split(' ').at(-1));
    expect(marks).toEqual(['restart', 'reload', 'verify']);
  });
});
