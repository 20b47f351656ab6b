import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import { terraformProgram } from '../support/terraform';
import { main, resource, Tree } from './tree';

jest.setTimeout(180_000);

const program = terraformProgram();
const withTerraform = program === undefined ? describe.skip : describe;

withTerraform('a run that is killed', () => {
  const stacks = { 'stacks/a/main.tf': main(resource('it', 'one')) };
  let tree: Tree;
  let bundle: string;
  beforeAll(() => {
    tree = new Tree(program ?? '', stacks);
    bundle = join(tree.folder(), 'killed-run.cjs');
    buildSync({
      entryPoints: [require.resolve('./killed-run')],
      bundle: true,
      platform: 'node',
      outfile: bundle,
    });
  });
  afterAll(() => {
    tree.remove();
  });
  const killedAt = (moment: 'claim' | 'record'): NodeJS.Signals | null => {
    const { checkout, folder } = tree.pipeline();
    const args = [bundle, checkout.root, folder, tree.kv.file ?? '', moment];
    return spawnSync(process.execPath, args, { env: tree.environment }).signal;
  };

  test.each([
    ['between plan and apply', 'claim', 'applied'],
    // What was applied and not recorded is planned again, and has nothing to change.
    ['between apply and record', 'record', 'recorded'],
  ] as const)('%s is finished by the next one, once it is known to be dead', async (_, moment, outcome) => {
    const input = `killed at ${moment}`;
    tree.change({ 'stacks/a/main.tf': main(resource('it', input)) });
    expect(killedAt(moment)).toBe('SIGKILL');

    // The dead one is waited for as long as its last word holds.
    expect(await tree.pipeline(undefined, { waitSeconds: 3 }).run()).toEqual({ a: outcome });
    expect(tree.inputs('a')).toEqual({ it: input });
    expect(await tree.pipeline().run()).toEqual({ a: 'unchanged' });
  });

  test('keeps an older commit out, whatever it left', async () => {
    const old = tree.change({ 'stacks/a/main.tf': main(resource('it', 'old')) });
    tree.change({ 'stacks/a/main.tf': main(resource('it', 'new')) });
    expect(killedAt('record')).toBe('SIGKILL');

    expect(await tree.pipeline(old).run()).toEqual({ a: 'older' });
    expect(tree.inputs('a')).toEqual({ it: 'new' });
  });
});
