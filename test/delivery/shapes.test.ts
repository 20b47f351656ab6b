import { posix } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { planDelivery } from '../../delivery/plan';
import type { Tree } from '../../delivery/tree';
import { hclParser, type ParseHcl } from '../../hcl/read';
import { app, image } from './deliverables';
import { memoryTree } from './memory-tree';
import { hclShapes } from './shapes';

jest.setTimeout(60_000);
let parse: ParseHcl;
beforeAll(async () => {
  parse = await hclParser();
});

const deliverable = app('x', [image('app'), image('side', 'v4', ['acme/side'])]);

/** A tree whose stack spells both images in the plainest way, and the shape beside them. */
function treeOf(before: string | Readonly<Record<string, string>>): Tree {
  return memoryTree({
    'terragrunt.hcl': '',
    'stacks/x/terragrunt.hcl': '',
    'stacks/x/base.tf':
      'locals {\n  base_app  = "registry.viktorbarzin.me/app:${var.t}"\n  base_side = "acme/side:v4"\n}\n',
    ...(typeof before === 'string' ? { 'stacks/x/main.tf': before } : before),
  });
}

describe('an image in HCL', () => {
  test.each(hclShapes.map((shape) => [`${shape.kind}: ${shape.what}`, shape] as const))(
    '%s',
    async (_what, { before, after, refused }) => {
      const plan = await planDelivery(treeOf(before), [deliverable], parse);
      expect(plan.faults.map((fault) => posix.normalize(fault).slice(0, 90))).toEqual(
        (refused ?? []).map((fault): unknown =>
          expect.stringMatching(
            new RegExp(`^${posix.join('stacks/x', fault).replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&')}`, 'u'),
          ),
        ),
      );
      if (after === undefined) return;
      const changes = plan.stacks.flatMap((stack) => stack.changes);
      const main = changes.find(({ path }) => path === 'stacks/x/main.tf');
      expect(main?.after ?? before).toBe(after);
    },
  );

  test('is tried in many shapes', () => {
    expect(hclShapes.length).toBeGreaterThanOrEqual(120);
  });
});
