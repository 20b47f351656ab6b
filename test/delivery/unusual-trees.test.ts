import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { prepareDelivery } from '../../delivery/deliver';
import { app, image } from './deliverables';
import { commit, makeTree, put, read, removeTrees } from './fixture';

jest.setTimeout(60_000);
afterAll(removeTrees);

const wealthfolio = app('wealthfolio', [image('wealthfolio-sync', 'latest')]);

/** Delivers into a tree that was changed so, and again. */
async function delivered(change: (root: string) => void): Promise<{ root: string; paths: string[] }> {
  const root = makeTree();
  change(root);
  commit(root, 'another tree');
  const { changes, write } = await prepareDelivery(root, [wealthfolio]);
  write();
  commit(root, 'deliver');
  expect((await prepareDelivery(root, [wealthfolio])).changes).toEqual([]);
  return { root, paths: changes.map(({ path }) => path) };
}

const moves = ['stacks/wealthfolio/images.tf.json', 'stacks/wealthfolio/main.tf'];

describe('a tree', () => {
  test('whose variables are encrypted is read without them', async () => {
    const { paths } = await delivered((root) => {
      writeFileSync(join(root, 'config.tfvars'), Buffer.from('\0GITCRYPT\0\x80\xff', 'latin1'));
    });
    expect(paths).toEqual(moves);
  });

  test('whose root configuration is root.hcl is a Terragrunt tree, and a new stack includes that', async () => {
    const { root, paths } = await delivered((at) => {
      put(at, 'root.hcl', read(at, 'terragrunt.hcl'));
      put(at, 'terragrunt.hcl', null);
      put(at, 'stacks/wealthfolio/terragrunt.hcl', null);
    });
    expect(paths).toEqual(['stacks/wealthfolio/terragrunt.hcl', ...moves]);
    expect(read(root, 'stacks/wealthfolio/terragrunt.hcl')).toContain('find_in_parent_folders("root.hcl")');
  });

  test('with a link to a folder around it is read once', async () => {
    const { paths } = await delivered((root) => {
      mkdirSync(join(root, 'stacks/wealthfolio/files'));
      symlinkSync('..', join(root, 'stacks/wealthfolio/files/up'));
    });
    expect(paths).toEqual(moves);
  });

  test('whose file only its owner reads keeps that so', async () => {
    const { root } = await delivered((at) => {
      chmodSync(join(at, 'stacks/wealthfolio/main.tf'), 0o600);
      put(at, 'stacks/wealthfolio/note.txt', 'x\n');
    });
    expect(statSync(join(root, 'stacks/wealthfolio/main.tf')).mode & 0o777).toBe(0o600);
  });
});
