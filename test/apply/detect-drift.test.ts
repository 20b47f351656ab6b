import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { stacks } from '../../commands/stacks';
import { estate } from '../../estate';
import { put } from '../delivery/fixture';
import { call, type Called } from '../support/call';
import { FakePushgateway } from '../support/fake-pushgateway';
import { terraformProgram } from '../support/terraform';
import { main, resource, Tree } from './tree';

jest.setTimeout(180_000);

const program = terraformProgram();
const withTerraform = program === undefined ? describe.skip : describe;

withTerraform('a night', () => {
  const pushgateway = new FakePushgateway();
  let tree: Tree;
  let root: string;
  beforeAll(() => pushgateway.start());
  afterAll(() => pushgateway.stop());
  beforeEach(async () => {
    pushgateway.restart();
    const stack = main(resource('it', 'one'));
    const names = ['a', 'b', 'c'];
    tree = new Tree(program ?? '', {
      ...Object.fromEntries(names.map((name) => [`stacks/${name}/main.tf`, stack])),
      ...Object.fromEntries(names.map((name) => [`stacks/${name}/terragrunt.hcl`, '\n'])),
    });
    await tree.pipeline().run();
    root = tree.pipeline().checkout.root;
  });
  afterEach(() => {
    tree.remove();
  });

  const night = (now = Date.now(), least = 1, deadlineMinutes = 60): Promise<Called> => {
    const facts = {
      ...estate.stacks,
      drift: { ...estate.stacks.drift, leastStacks: least, deadlineMinutes },
    };
    const means = {
      deliverables: () => [],
      ledger: () => tree.ledger,
      wait: { attempts: 1, pauseMs: 0 },
      now: () => now,
      signal: () => new AbortController().signal,
    };
    return call(['stacks', 'drift', '--tree', root, '--pushgateway', pushgateway.url], {
      environment: tree.environment,
      verbs: [stacks(() => ({ ...estate, stacks: facts }), means)],
    });
  };
  const metrics = (name: string): string[] =>
    pushgateway
      .metrics()
      .split('\n')
      .filter((line) => line.startsWith(name))
      .sort();
  /** Another value than was applied stands in the state, as if somebody had changed the object. */
  const changeBehind = (stack: string): void => {
    const file = join(tree.states, `${stack}.tfstate`);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll('"one"', '"by hand"'));
  };

  test('finds nothing where all is as declared', async () => {
    expect(await night()).toEqual({ code: 0, out: '3 of 3 stacks were looked at\n', err: '' });
    expect(metrics('drift_stacks_checked')).toEqual([
      expect.stringMatching(/^drift_stacks_checked\{.*job="drift-detection".*\} 3$/u),
    ]);
    expect(metrics('drift_stack_first_seen')).toEqual([]);
  });

  test('finds what was changed behind its back, counts what cannot be planned, and looks at the others', async () => {
    changeBehind('c');
    put(root, 'stacks/a/broken.tf', 'locals {\n  a = local.b\n}\n');
    const { code, out } = await night(1_000_000_000_000);

    expect(code).toBe(1);
    expect(out).toMatch(/^a +not known +Terraform could not plan it, got .*undeclared local value/mu);
    expect(out).toMatch(/^c +drifts +c: 0 moved, 0 added, 1 changed/mu);
    expect(out).toMatch(/\n2 of 3 stacks were looked at\n$/u);
    const states = metrics('drift_stack_state').map((line) => line.replace(/^.*stack="(.)".* /u, '$1 '));
    expect(states).toEqual(['a 1', 'b 0', 'c 2']);
    expect(metrics('drift_error_count')).toEqual([expect.stringMatching(/ 1$/u)]);

    await night(1_000_000_000_000 + 36 * 3_600_000);
    expect(metrics('drift_stack_first_seen')).toEqual([expect.stringMatching(/stack="c".* 1000000000$/u)]);
    expect(metrics('drift_stack_age_hours')).toEqual([expect.stringMatching(/stack="c".* 36$/u)]);
  });

  test('remembers since when it drifts through a night in which it cannot be planned', async () => {
    const day = 24 * 3_600_000;
    changeBehind('c');
    await night(day);
    put(root, 'stacks/c/broken.tf', 'locals {\n  a = local.b\n}\n');
    await night(2 * day);
    expect(metrics('drift_stack_first_seen')).toEqual([expect.stringMatching(/stack="c".* 86400$/u)]);
    put(root, 'stacks/c/broken.tf', null);
    await night(3 * day);
    expect(metrics('drift_stack_first_seen')).toEqual([expect.stringMatching(/stack="c".* 86400$/u)]);
    expect(metrics('drift_stack_age_hours')).toEqual([expect.stringMatching(/stack="c".* 48$/u)]);
  });

  test('tells what was never applied from what drifts', async () => {
    tree.change({ 'stacks/b/main.tf': main(resource('it', 'two')) });
    root = tree.pipeline().checkout.root;
    const { code } = await night();

    expect(code).toBe(2);
    expect(metrics('drift_stack_unapplied')).toContainEqual(expect.stringMatching(/stack="b".* 1$/u));
    expect(metrics('drift_stack_first_seen')).toEqual([]);
  });

  test('is refused on a checkout that is older than what was applied', async () => {
    const old = tree.head();
    tree.change({ 'stacks/b/main.tf': main(resource('it', 'two')) });
    await tree.pipeline().run();
    root = tree.pipeline(old).checkout.root;
    const { code, err } = await night();

    expect(code).toBe(3);
    expect(err).toMatch(/^b: the checkout is older than what was applied, got .*; pull/u);
  });

  test('fails when it looks at fewer stacks than there are, or comes to its deadline', async () => {
    expect(await night(Date.now(), 4)).toEqual({
      code: 1,
      out: '3 of 3 stacks were looked at\n',
      err: 'stacks.drift.leastStacks: the tree has 4 stacks or more, got 3; see that none is missing, or lower the fact in estate/stacks.ts\n',
    });
    const { code, out } = await night(Date.now(), 1, 0);
    expect(code).toBe(1);
    expect(out).toMatch(/^a +not known +no time was left for it$/mu);
    expect(metrics('drift_stacks_checked')).toEqual([expect.stringMatching(/ 0$/u)]);
  });
});
