import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { deliver } from '../../commands/deliver';
import { prepareDelivery } from '../../delivery/deliver';
import type { ImageRefs } from '../../delivery/deliverable';
import { call, type Called } from '../support/call';
import { app, everything, image } from './deliverables';
import { commit, git, makeTree, put, read, removeTrees, snapshot } from './fixture';

jest.setTimeout(60_000);
afterAll(removeTrees);

const run = (...args: string[]): Promise<Called> =>
  call(['deliver', ...args], { verbs: [deliver(() => everything)] });

describe('deliver', () => {
  test('without --write it shows the files, the HCL that declares the same addresses and a diff, and changes nothing', async () => {
    const root = makeTree();
    const before = snapshot(root);
    const { code, out } = await run('--into', root);
    expect(code).toBe(2);
    expect(out).toContain('write stacks/forgejo/cdk.tf.json');
    expect(out).toContain('kubernetes_deployment.forgejo is declared at stacks/forgejo/main.tf:39');
    expect(out).toContain('remove stacks/forgejo/main.tf');
    expect(out).toContain('+  image     = "${local.payslip_ingest_repository}:${var.image_tag}"');
    expect(out).toContain('nothing written; --write changes 23 files');
    expect(snapshot(root)).toEqual(before);
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  test('with --write it changes what it showed, and a second run finds nothing to do, committed or not', async () => {
    const root = makeTree();
    const shown = await run('--into', root);
    const written = await run('--into', root, '--write');
    expect(written.code).toBe(0);
    expect(written.out.replace(/\n\nwrote 23 files\n$/u, '')).toBe(
      shown.out.replace(/\n\nnothing written; --write changes 23 files\n$/u, ''),
    );
    const after = snapshot(root);
    for (const again of [await run('--into', root), await run('--into', root, '--write')]) {
      expect(again).toEqual({ code: 0, out: `nothing to do: ${root} holds everything already\n`, err: '' });
    }
    commit(root, 'deliver');
    expect((await run('--into', root, '--write')).out).toContain('nothing to do');
    expect(snapshot(root)).toEqual(after);
  });

  test('two trees receive the same bytes', async () => {
    const [one, two] = [makeTree(), makeTree()];
    await run('--into', one, '--write');
    await run('--into', two, '--write');
    expect(snapshot(one)).toEqual(snapshot(two));
  });

  test('--stack delivers that stack alone', async () => {
    const root = makeTree();
    await run('--into', root, '--write', '--stack', 'wealthfolio');
    expect(git(root, 'status', '--porcelain', '-uall').trimEnd().split('\n').sort()).toEqual([
      ' M stacks/wealthfolio/main.tf',
      '?? stacks/wealthfolio/images.tf.json',
    ]);
  });

  test.each([['uncommitted'], ['committed']])(
    'a new tag in the estate rewrites the generated file alone, the first delivery being %s',
    async (state) => {
      const root = makeTree();
      const withTag = (tag: string): ImageRefs => app('wealthfolio', [image('wealthfolio-sync', tag)]);
      (await prepareDelivery(root, [withTag('latest')])).write();
      if (state === 'committed') commit(root, 'deliver');
      const { changes, write } = await prepareDelivery(root, [withTag('f1d69b0a')]);
      expect(changes.map(({ path }) => path)).toEqual(['stacks/wealthfolio/images.tf.json']);
      write();
      expect(read(root, 'stacks/wealthfolio/images.tf.json')).toContain('wealthfolio-sync:f1d69b0a"');
      expect((await prepareDelivery(root, [withTag('f1d69b0a')])).changes).toEqual([]);
    },
  );

  test('a stack without terragrunt.hcl is offered one, because CI would skip the folder silently', async () => {
    const root = makeTree();
    const { out } = await run('--into', root, '--write', '--stack', 'claude-agent-service');
    expect(out).toContain(
      'write stacks/claude-agent-service/terragrunt.hcl (207 bytes): the folder has none, so CI would skip the stack silently',
    );
    expect(read(root, 'stacks/claude-agent-service/terragrunt.hcl')).toContain('find_in_parent_folders()');
    expect(read(root, 'stacks/claude-agent-service/terragrunt.hcl')).toContain('"../vault"');
  });

  test('a tree that is a folder of a larger repository is delivered into all the same', async () => {
    const outer = makeTree();
    put(outer, '.gitignore', null);
    git(outer, 'init', '--quiet');
    const { code } = await run('--into', `${outer}/stacks/..`, '--stack', 'wealthfolio');
    expect(code).toBe(3);
    commit(outer, 'no ignore file');
    expect((await run('--into', `${outer}/stacks/..`, '--stack', 'wealthfolio')).code).toBe(2);
  });

  test('a file that somebody saves while the delivery is planned is not overwritten', async () => {
    const root = makeTree();
    const path = 'stacks/wealthfolio/main.tf';
    let saved = '';
    // The second stack is planned once the first one's HCL has been read.
    const second: ImageRefs = {
      ...app('payslip-ingest', []),
      get images() {
        saved ||= `${read(root, path)}# by hand\n`;
        put(root, path, saved);
        return [image('payslip-ingest')];
      },
    };
    const planned = prepareDelivery(root, [
      app('wealthfolio', [image('wealthfolio-sync', 'latest')]),
      second,
    ]);
    const written = planned.then(({ write }) => {
      write();
    });
    await expect(written).rejects.toThrow(`${path}: changed while the delivery was being planned`);
    expect(read(root, path)).toBe(saved);
  });

  test('a stack that is not of the estate is refused', async () => {
    const { code, err } = await run('--into', '.', '--stack', 'forgejoo');
    expect(code).toBe(3);
    expect(err).toContain('--stack: no such stack, got "forgejoo"; known are beads-server');
  });
});
