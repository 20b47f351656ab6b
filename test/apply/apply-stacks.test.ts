import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { exitOfOutcomes } from '../../apply/report';
import { openCheckout } from '../../apply/checkout';
import { commit, git, put } from '../delivery/fixture';
import { terraformProgram } from '../support/terraform';
import { main, outcomesOf, Pipeline, resource, stacksOf, Tree } from './tree';

jest.setTimeout(180_000);

const program = terraformProgram();
const withTerraform = program === undefined ? describe.skip : describe;

const call = 'module "wrapped" {\n  source = "../../modules/wrapped"\n}\n';
const wrapped = (input: string): Record<string, string> => ({
  'modules/wrapped/main.tf': resource('inner', input),
});

withTerraform('what is applied', () => {
  let fresh: Tree;
  let applied: Tree;
  let tree: Tree;
  beforeAll(async () => {
    fresh = new Tree(program ?? '', {
      'stacks/a/main.tf': main(resource('it', 'one')),
      'stacks/b/main.tf': main(call),
      ...wrapped('one'),
    });
    applied = fresh.copy();
    await applied.pipeline().run();
  });
  beforeEach(() => {
    tree = applied.copy();
  });
  afterEach(() => {
    tree.remove();
  });
  afterAll(() => {
    applied.remove();
    fresh.remove();
  });

  test('is everything in the first run, and nothing in the next', async () => {
    tree = fresh.copy();
    expect(await tree.pipeline().run()).toEqual({ a: 'applied', b: 'applied' });
    expect(tree.inputs('a')).toEqual({ it: 'one' });
    expect(await tree.pipeline().run()).toEqual({ a: 'unchanged', b: 'unchanged' });
  });

  test('is what a merge brought, though its first parent has half of it already', async () => {
    git(tree.origin, 'checkout', '--quiet', '-b', 'feature');
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'from the branch')) });
    git(tree.origin, 'checkout', '--quiet', 'master');
    tree.change({ 'stacks/b/main.tf': main(call, resource('more', 'from master')) });
    git(
      tree.origin,
      ...['-c', 'user.name=t', '-c', 'user.email=t@example.org'],
      ...['merge', '--quiet', '--no-ff', '--message', 'merge', 'feature'],
    );

    expect(await tree.pipeline().run()).toEqual({ a: 'applied', b: 'applied' });
    expect(tree.inputs('a')).toEqual({ it: 'from the branch' });
    expect(tree.inputs('b')).toMatchObject({ more: 'from master' });
  });

  test('is what a revert brings back', async () => {
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'two')) });
    await tree.pipeline().run();
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'one')) });

    expect(await tree.pipeline().run()).toEqual({ a: 'applied', b: 'unchanged' });
    expect(tree.inputs('a')).toEqual({ it: 'one' });
  });

  test('is not what a restarted old pipeline holds, also of a commit that was never applied', async () => {
    const never = tree.change({ 'stacks/a/main.tf': main(resource('it', 'two')) });
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'one')) });
    await tree.pipeline().run();

    const run = tree.pipeline(never);
    expect(outcomesOf((await run.plan()).stacks)).toEqual({ a: 'older', b: 'unchanged' });
    expect(outcomesOf(await run.apply())).toEqual({ a: 'older', b: 'unchanged' });
    expect(tree.inputs('a')).toEqual({ it: 'one' });
  });

  test('is not what an old pipeline planned before a newer one came', async () => {
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'two')) });
    const slow = tree.pipeline();
    await slow.plan();
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'one')), 'stacks/a/note.txt': 'reverted' });
    expect(await tree.pipeline().run()).toEqual({ a: 'recorded', b: 'unchanged' });

    expect(outcomesOf(await slow.apply())).toEqual({ a: 'refused', b: 'unchanged' });
    expect(tree.inputs('a')).toEqual({ it: 'one' });
  });

  test('is not called unchanged where an older run changed it since', async () => {
    const between = tree.change({ 'stacks/a/main.tf': main(resource('it', 'two')) });
    const older = tree.pipeline(between);
    await older.plan();
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'one')) });
    const newest = tree.pipeline();
    expect(outcomesOf((await newest.plan()).stacks)).toEqual({ a: 'unchanged', b: 'unchanged' });
    expect(outcomesOf(await older.apply())).toMatchObject({ a: 'applied' });

    expect(outcomesOf(await newest.apply())).toEqual({ a: 'failed', b: 'unchanged' });
    expect(await tree.pipeline().run()).toEqual({ a: 'applied', b: 'unchanged' });
    expect(tree.inputs('a')).toEqual({ it: 'one' });
  });

  test('is not recorded where an older run changed its state since the plan that had nothing to do', async () => {
    const between = tree.change({ 'stacks/a/main.tf': main(resource('it', 'two')) });
    const older = tree.pipeline(between);
    await older.plan();
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'one')), 'stacks/a/note.txt': 'reverted' });
    const newest = tree.pipeline();
    expect(outcomesOf((await newest.plan()).stacks)).toEqual({ a: 'recorded', b: 'unchanged' });
    expect(outcomesOf(await older.apply())).toMatchObject({ a: 'applied' });

    expect(outcomesOf(await newest.apply())).toEqual({ a: 'failed', b: 'unchanged' });
    expect(await tree.pipeline().run()).toEqual({ a: 'applied', b: 'unchanged' });
    expect(tree.inputs('a')).toEqual({ it: 'one' });
  });

  test('is applied once by two pipelines at once, whichever is first', async () => {
    tree = fresh.copy();
    const [one, other] = [tree.pipeline(), tree.pipeline(undefined, { waitSeconds: 30 })];
    await Promise.all([one.plan(), other.plan()]);
    const outcomes = (await Promise.all([one.apply(), other.apply()])).map(outcomesOf);

    for (const stack of ['a', 'b']) {
      const both = outcomes.map((of) => of[stack]).sort();
      expect(both).toEqual(['applied', expect.stringMatching(/^(?:unchanged|locked)$/u)]);
    }
    expect(await tree.pipeline().run()).toEqual({ a: 'unchanged', b: 'unchanged' });
  });

  test('is every caller of a module that alone changed', async () => {
    tree.change(wrapped('two'));

    expect(await tree.pipeline().run()).toEqual({ a: 'unchanged', b: 'applied' });
    expect(tree.inputs('b')).toEqual({ inner: 'two' });
  });

  test('leaves a stack alone that was deleted from the tree, and says so until a person has', async () => {
    tree.change({ 'stacks/b': null });
    const run = tree.pipeline();
    const { stacks } = await run.plan();

    expect(outcomesOf(stacks)).toEqual({ a: 'unchanged', b: 'gone' });
    expect(outcomesOf(await run.apply())).toEqual({ a: 'unchanged', b: 'gone' });
    expect(tree.inputs('b')).toEqual({ inner: 'one' });
    await tree.kv.write('applied', await tree.kv.read('applied'), { b: '' });
    expect(await tree.pipeline().run()).toEqual({ a: 'unchanged' });
  });

  test('creates nothing a second time where a stack was renamed', async () => {
    tree.change({ 'stacks/b': null, 'stacks/c/main.tf': main(call) });

    expect(await tree.pipeline().run()).toEqual({ a: 'unchanged', b: 'gone', c: 'refused' });
  });

  test('creates nothing a second time where a stack was renamed and changed at once', async () => {
    tree.change({ 'stacks/b': null, 'stacks/c/main.tf': main(call, resource('more', 'one')) });

    expect(await tree.pipeline().run()).toEqual({ a: 'unchanged', b: 'gone', c: 'refused' });
    await tree.kv.write('applied', await tree.kv.read('applied'), { b: '' });
    expect(await tree.pipeline().run()).toEqual({ a: 'unchanged', c: 'applied' });
  });

  test('creates nothing a second time where the folder of the old name was left', async () => {
    tree.change({ 'stacks/c/main.tf': main(call) });
    const stacks = stacksOf(tree.pipeline().checkout, tree).filter(({ name }) => name !== 'b');

    expect(await tree.pipeline(undefined, { stacks }).run()).toEqual({
      ...{ a: 'unchanged', b: 'gone', c: 'refused' },
    });
  });

  test('tells nobody to destroy a stack that the tree still has and the estate names no more', async () => {
    const { checkout } = tree.pipeline();
    const [a] = stacksOf(checkout, tree);
    const run = tree.pipeline(undefined, { stacks: a === undefined ? [] : [a] });
    const { stacks } = await run.plan();

    expect(outcomesOf(stacks)).toEqual({ a: 'unchanged', b: 'gone' });
    expect(stacks[1]?.says[0]).toMatch(
      /^is in the tree, and the estate names it no more; .*empty applied b/u,
    );
  });

  test('comes back with the revert of a revert, and with the tag or the detached head that holds it', async () => {
    for (const input of ['two', 'one', 'two']) {
      tree.change({ 'stacks/a/main.tf': main(resource('it', input)) });
      git(tree.origin, 'tag', '--force', 'release');
      expect(await tree.pipeline('release').run()).toEqual({ a: 'applied', b: 'unchanged' });
      expect(tree.inputs('a')).toEqual({ it: input });
    }
  });

  test('is what a merge of three parents brought, and nothing after a rewritten history until a person has looked', async () => {
    const base = tree.head();
    for (const name of ['x', 'y']) {
      git(tree.origin, 'checkout', '--quiet', '-b', name, base);
      tree.change({ [`stacks/a/${name}.tf`]: resource(name, name) });
    }
    git(tree.origin, 'checkout', '--quiet', 'master');
    const by = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
    git(tree.origin, ...by, 'merge', '--quiet', '--no-ff', '--message', 'both', 'x', 'y');
    expect(await tree.pipeline().run()).toEqual({ a: 'applied', b: 'unchanged' });
    expect(tree.inputs('a')).toEqual({ it: 'one', x: 'x', y: 'y' });

    git(tree.origin, 'reset', '--quiet', '--hard', base);
    tree.change({ 'stacks/a/z.tf': resource('z', 'z') });
    expect(await tree.pipeline().run()).toMatchObject({ a: 'stopped', b: 'unchanged' });
    expect(tree.inputs('a')).toEqual({ it: 'one', x: 'x', y: 'y' });
  });

  test('is exactly the plan that was saved: another file, another content and another commit are refused', async () => {
    tree = fresh.copy();
    const run = tree.pipeline();
    await run.plan();
    const file = join(run.folder, 'a.tfplan');
    const bytes = readFileSync(file);
    writeFileSync(file, Buffer.concat([bytes, Buffer.from('x')]));
    await expect(run.apply()).rejects.toThrow(/is not the plan that was reviewed/u);

    writeFileSync(file, bytes);
    const plans = join(run.folder, 'plans.json');
    writeFileSync(plans, readFileSync(plans, 'utf8').replaceAll(tree.head(), 'f'.repeat(40)));
    await expect(run.apply()).rejects.toThrow(/is of another commit/u);
    writeFileSync(plans, '{}');
    await expect(run.apply()).rejects.toThrow(/is not as .* wrote it/u);
    await expect(tree.pipeline().apply()).rejects.toThrow(/got no plans/u);
  });

  test('stops before it destroys or replaces what is protected, and the others go on', async () => {
    tree.change({
      'stacks/a/main.tf': main(resource('other', 'one')),
      'stacks/b/main.tf': main(call, resource('more', 'one')),
    });
    const run = tree.pipeline();
    const { stacks } = await run.plan();

    expect(stacks[0]?.says).toEqual([
      'terraform_data.it: would be destroyed, and is protected; apply it by hand, if it is meant',
    ]);
    expect(outcomesOf(await run.apply())).toEqual({ a: 'stopped', b: 'applied' });
    expect(tree.inputs('a')).toEqual({ it: 'one' });
  });

  test('is a plan that only moves addresses too', async () => {
    const moved = 'moved {\n  from = terraform_data.it\n  to = terraform_data.there\n}\n';
    tree.change({ 'stacks/a/main.tf': main(moved, resource('there', 'one')) });

    expect(await tree.pipeline().run()).toEqual({ a: 'applied', b: 'unchanged' });
    expect(tree.inputs('a')).toEqual({ there: 'one' });
  });

  test('is not a plan whose state is another by now', async () => {
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'two')) });
    const run = tree.pipeline();
    await run.plan();
    const file = join(tree.states, 'a.tfstate');
    const state = JSON.parse(readFileSync(file, 'utf8')) as { serial: number };
    writeFileSync(file, JSON.stringify({ ...state, serial: state.serial + 1 }));
    const outcomes = await run.apply();

    expect(outcomesOf(outcomes)).toEqual({ a: 'failed', b: 'unchanged' });
    expect(outcomes[0]?.says[0]).toMatch(/its state is another/u);
    expect(await tree.pipeline().run()).toEqual({ a: 'applied', b: 'unchanged' });
  });

  test('goes back after an apply that failed in the middle, though what it goes back to was recorded', async () => {
    const failing =
      'resource "terraform_data" "fails" {\n  provisioner "local-exec" {\n    command = "exit 7"\n  }\n}\n';
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'half'), failing) });
    const outcomes = await tree.pipeline().run();
    expect(outcomes).toEqual({ a: 'failed', b: 'unchanged' });
    expect(tree.inputs('a')).toMatchObject({ it: 'half' });
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'one')) });

    // What failed stands in the state as tainted, and its destruction is for a person.
    expect(await tree.pipeline().run()).toEqual({ a: 'stopped', b: 'unchanged' });
  });

  test('is left to the next run where somebody else has the lock, and that is no failure', async () => {
    const go = join(tree.states, 'go');
    const slow = resource('it', 'two').replace(
      '}\n',
      `  provisioner "local-exec" {\n    command = "until [ -e '${go}' ]; do sleep 0.1; done"\n  }\n}\n`,
    );
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'one'), slow.replace('"it"', '"slow"')) });
    const first = tree.pipeline();
    await first.plan();
    const applying = first.apply();
    await until(() => existsSync(join(tree.states, '.a.tfstate.lock.info')));
    tree.change({ 'stacks/b/main.tf': main(call, resource('more', 'one')) });
    const run = tree.pipeline();

    expect(outcomesOf((await run.plan()).stacks)).toEqual({ a: 'locked', b: 'due' });
    const outcomes = await run.apply();
    expect(outcomesOf(outcomes)).toEqual({ a: 'locked', b: 'applied' });
    expect(exitOfOutcomes(outcomes)).toBe(0);
    writeFileSync(go, '');
    // Its own commit is older than the one that was recorded for the other stack meanwhile.
    expect(outcomesOf(await applying)).toMatchObject({ a: 'applied' });
  });

  test('is refused for a branch that does not hold what was applied, though it may be planned', async () => {
    git(tree.origin, 'checkout', '--quiet', '-b', 'feature');
    const branch = tree.change({ 'stacks/a/main.tf': main(resource('it', 'branch')) });
    git(tree.origin, 'checkout', '--quiet', 'master');
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'two')) });
    await tree.pipeline().run();
    const run = tree.pipeline(branch);
    const { stacks } = await run.plan();

    expect(outcomesOf(stacks)).toEqual({ a: 'due', b: 'unchanged' });
    expect(stacks[0]?.says[0]).toMatch(/does not hold what was applied last/u);
    expect(outcomesOf(await run.apply())).toEqual({ a: 'refused', b: 'unchanged' });
    expect(tree.inputs('a')).toEqual({ it: 'two' });
  });

  test.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['no JSON', 'sha256:0123'],
    ['a newer shape', '{"applied":{"commit":"a","hash":"b"},"queued":{}}'],
  ])('is not guessed from a record that is %s', async (_, text) => {
    tree = fresh.copy();
    await tree.kv.write('applied', await tree.kv.read('applied'), { a: text });
    const run = tree.pipeline();
    const { stacks } = await run.plan();

    expect(outcomesOf(stacks)).toEqual({ a: 'refused', b: 'due' });
    expect(stacks[0]?.says[0]).toMatch(/^applied a: is no record of an apply, got .*; empty it/u);
    expect(outcomesOf(await run.apply())).toEqual({ a: 'refused', b: 'applied' });
  });

  test('is nothing when a clone lacks the history', async () => {
    for (let at = 0; at < 3; at += 1) tree.change({ 'stacks/a/main.tf': main(resource('it', `${at}`)) });
    const root = tree.folder();
    git(root, 'clone', '--quiet', '--depth', '2', `file://${tree.origin}`, '.');
    put(root, 'x', 'x');
    commit(root, 'x');
    const run = new Pipeline(openCheckout(root), tree, tree.folder());
    await run.plan();

    expect(outcomesOf(await run.apply())).toMatchObject({ a: 'refused' });
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(50);
}
