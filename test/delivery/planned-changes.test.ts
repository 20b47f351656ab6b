import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { parity } from '../../commands/parity';
import { call } from '../support/call';
import { formatPlannedChanges, plannedChanges, type PlanJson } from '../../delivery/planned-changes';
import { terraformProgram } from '../support/terraform';

jest.setTimeout(180_000);

describe('a plan', () => {
  const change = (actions: readonly string[], more: object = {}): object => ({
    actions,
    before: null,
    after: null,
    ...more,
  });
  const plan = {
    resource_changes: [
      {
        address: 'kubernetes_cron_job_v1.a',
        action_reason: 'replace_because_cannot_update',
        change: change(['delete', 'create'], {
          before: { metadata: [{ name: 'a' }], token: 'hidden', uid: 'x', triggers: { a: '1', b: 'hidden' } },
          after: { metadata: [{ name: 'b' }], token: 'other', triggers: { a: '2', b: 'hidden' } },
          before_sensitive: { metadata: [{}], token: true, triggers: { b: true } },
          after_sensitive: { metadata: [{}], token: true, triggers: { b: true } },
          after_unknown: { uid: true },
          replace_paths: [['metadata', 0, 'name'], ['token'], ['uid'], ['triggers']],
        }),
      },
      {
        address: 'a.tainted',
        action_reason: 'replace_because_tainted',
        change: change(['create', 'delete']),
      },
      { address: 'a.gone', action_reason: 'delete_because_count_index', change: change(['delete']) },
      { address: 'a.read', change: change(['read']) },
      { address: 'a.kept', change: change(['forget']) },
      { address: 'a.new', previous_address: 'module.m.a.old', change: change(['update']) },
    ],
  } as PlanJson;

  test('says what becomes of each object and why, and prints no secret', () => {
    expect(formatPlannedChanges('forgejo', plannedChanges(plan))).toBe(
      [
        'forgejo: 1 moved, 0 added, 1 changed, 2 replaced, 1 destroyed, 1 forgotten',
        '  moved     a.new',
        '              from module.m.a.old',
        '  changed   a.new',
        '  replaced  kubernetes_cron_job_v1.a',
        '              metadata.0.name: "a" becomes "b"',
        '              token: (sensitive value) becomes (sensitive value)',
        '              uid: "x" becomes (known after apply)',
        '              triggers: (sensitive value) becomes (sensitive value)',
        '  replaced  a.tainted',
        '              its creation failed in the middle, so it is tainted',
        '  destroyed a.gone',
        '              count is smaller than its index',
        '  forgotten a.kept',
      ].join('\n'),
    );
  });

  test('without changes is said to be without changes', () => {
    expect(formatPlannedChanges('a', plannedChanges({}))).toBe(
      'a: 0 moved, 0 added, 0 changed, 0 replaced, 0 destroyed, 0 forgotten',
    );
  });
});

const program = terraformProgram();
const withTerraform = program === undefined ? describe.skip : describe;

withTerraform('a plan that Terraform made', () => {
  const tree = mkdtempSync(join(tmpdir(), 'parity-'));
  const folder = join(tree, 'stacks', 'a');
  afterAll(() => {
    rmSync(tree, { recursive: true });
  });
  const terraform = (...args: readonly string[]): string => {
    const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
    const { status, stdout, stderr } = spawnSync(program ?? '', args, { cwd: folder, encoding: 'utf8', env });
    if (status !== 0) throw new Error(stderr);
    return stdout;
  };
  const data = (name: string, more = ''): string => `resource "terraform_data" "${name}" {\n${more}\n}\n`;

  test('is read as it is: moved, added, changed, replaced with its reason, destroyed', async () => {
    spawnSync('mkdir', ['-p', folder]);
    const counted = data('counted', 'count = 2');
    const secret = (seen: string): string =>
      data('secret', `triggers_replace = { seen = "${seen}", password = sensitive("hidden") }`);
    writeFileSync(
      join(folder, 'main.tf'),
      data('old') +
        data('gone') +
        data('replaced', 'triggers_replace = [1]') +
        data('changed', 'input = 1') +
        secret('old') +
        counted,
    );
    terraform('init', '-input=false');
    terraform('apply', '-auto-approve', '-input=false');
    const moved = 'moved {\n  from = terraform_data.old\n  to = terraform_data.new\n}\n';
    writeFileSync(
      join(folder, 'main.tf'),
      moved +
        data('new') +
        data('added') +
        data('replaced', 'triggers_replace = [2]') +
        data('changed', 'input = 2') +
        secret('new') +
        counted.replace('2', '1'),
    );
    // The tree's wrapper, which says something of its own before.
    const wrapper = `#!/bin/sh\necho '{"level":"info"}'\n[ "$1" = apply ] && exit 9\nexec ${program ?? ''} "$@"\n`;
    mkdirSync(join(tree, 'scripts'));
    writeFileSync(join(tree, 'scripts/tg'), wrapper, { mode: 0o755 });
    const before = readFileSync(join(folder, 'terraform.tfstate'), 'utf8');
    const { code, out, err } = await call(['parity', '--into', tree, '--stack', 'a', '--stack', 'b'], {
      environment: { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' },
      verbs: [parity()],
    });
    expect(code).toBe(1);
    expect(readFileSync(join(folder, 'terraform.tfstate'), 'utf8')).toBe(before);
    expect([out, err]).toEqual([
      [
        'a: 1 moved, 1 added, 1 changed, 2 replaced, 2 destroyed, 0 forgotten',
        '  moved     terraform_data.new',
        '              from terraform_data.old',
        '  added     terraform_data.added',
        '  changed   terraform_data.changed',
        '  replaced  terraform_data.replaced',
        '              triggers_replace: [1] becomes [2]',
        '  replaced  terraform_data.secret',
        '              triggers_replace: (sensitive value) becomes (sensitive value)',
        '  destroyed terraform_data.counted[1]',
        '              count is smaller than its index',
        '  destroyed terraform_data.gone',
        '              nothing declares it any more',
        '',
      ].join('\n'),
      `b: no such folder, got "${join(tree, 'stacks', 'b')}"; name a stack of the tree\n`,
    ]);
  });

  test('that cannot be made is told with what Terraform said of it, and the other stacks go on', async () => {
    mkdirSync(join(tree, 'stacks', 'c'));
    writeFileSync(join(tree, 'stacks', 'c', 'main.tf'), 'locals {\n  a = local.b\n}\n');
    const { code, out, err } = await call(['parity', '--into', tree, '--stack', 'c', '--stack', 'a'], {
      environment: { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' },
      verbs: [parity()],
    });
    expect(code).toBe(1);
    expect(err).toContain('c: "');
    expect(err).toContain('Reference to undeclared local value');
    expect(out).toContain('a: 1 moved, 1 added');
  });
});
