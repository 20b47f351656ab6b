import { afterAll, expect, jest, test } from '@jest/globals';
import { synthesizedDeliverables } from '../../delivery/of-estate';
import { removalIn } from '../../migration/decommission/removal';
import { retiredOf } from '../../scan/retired';
import { scanTree } from '../../scan/scan-tree';
import { estateAt } from '../support/estates';
import { deliver } from '../delivery/walk';
import { commit, makeTree, put, removeTrees } from '../delivery/fixture';

jest.setTimeout(120_000);
afterAll(removeTrees);

test('what a decommission removes itself does not keep legacy-unused from being measured, and what people wrote does', async () => {
  const estate = estateAt('cutover');
  const retired = { ...retiredOf(estate), hubNames: [] };
  const root = makeTree();
  await deliver(root, synthesizedDeliverables(estate));
  const live = (after?: ReadonlyMap<string, string | undefined>): string[] =>
    scanTree(root, retired, after)
      .references.filter(({ use }) => use === 'live')
      .map(({ path, line, reference }) => `${path}:${line}: ${reference}`);

  expect(live().length).toBeGreaterThan(10);
  expect(live(await removalIn(root, estate))).toEqual([]);
  put(root, 'stacks/reverse-proxy/main.tf', 'locals {\n  host = "registry.viktorbarzin.me"\n}\n');
  commit(root, 'somebody forgot this');
  expect(live(await removalIn(root, estate))).toEqual([
    'stacks/reverse-proxy/main.tf:2: registry.viktorbarzin.me',
  ]);
});
