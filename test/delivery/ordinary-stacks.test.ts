import { posix } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ImageRefs } from '../../delivery/deliverable';
import { planDelivery } from '../../delivery/plan';
import { withChanges } from '../../delivery/tree';
import { hclParser, type ParseHcl } from '../../hcl/read';
import { app, image } from './deliverables';
import { memoryTree } from './memory-tree';
import { ordinaryStacks } from './ordinary-stacks';

jest.setTimeout(60_000);
let parse: ParseHcl;
beforeAll(async () => {
  parse = await hclParser();
});

const images = [image('app'), image('side', 'v4', ['acme/side'])];
const moved = app('x', images);
/** The same before its cutover: every image under the name of the old registry. */
const back: ImageRefs = app(
  'x',
  images.map((one) => ({
    ...one,
    repository: one.spellings[0] ?? '',
    spellings: [one.repository, ...one.spellings],
  })),
);
const old = /(?:registry\.viktorbarzin\.me|acme)\/(?:app|side)(?![\w/-])/u;

describe('an ordinary stack', () => {
  test.each(ordinaryStacks.map((stack) => [stack.name, stack] as const))(
    '%s',
    async (_name, { outcome, files }) => {
      const tree = memoryTree({
        'terragrunt.hcl': '',
        'stacks/x/terragrunt.hcl': '',
        'stacks/x/base.tf':
          'locals {\n  base_app  = "registry.viktorbarzin.me/app:${var.t}"\n  base_side = "acme/side:v4"\n}\n',
        ...files,
      });
      const { stacks, faults } = await planDelivery(tree, [moved], parse);
      const refusedAt = faults.map((fault) => posix.relative('stacks/x', fault.split(': ')[0] ?? ''));
      expect([...new Set(refusedAt)]).toEqual(typeof outcome === 'string' ? [] : outcome);
      if (typeof outcome !== 'string') return;

      const changes = stacks.flatMap((stack) => stack.changes);
      const edits = changes.filter(({ kind, path }) => kind === 'edit' && path !== 'stacks/x/base.tf');
      expect(edits.length > 0 ? 'moved' : 'same').toBe(outcome);
      for (const { before = '', after = '' } of edits) {
        const lines = before.split('\n');
        const differ = after.split('\n').filter((line, index) => line !== lines[index]);
        expect(after.split('\n')).toHaveLength(lines.length);
        for (const line of differ) expect(line.replaceAll(/(?:#|\/\/|\/\*).*$/gu, '')).not.toMatch(old);
      }
      const delivered = withChanges(tree, changes);
      const again = await planDelivery(delivered, [moved], parse);
      expect([again.faults, again.stacks.flatMap((stack) => stack.changes)]).toEqual([[], []]);
      const returned = await planDelivery(delivered, [back], parse);
      expect(returned.faults).toEqual([]);
      expect(returned.stacks.flatMap((stack) => stack.changes.map(({ path }) => path))).toEqual([
        'stacks/x/images.tf.json',
      ]);
    },
  );
});
