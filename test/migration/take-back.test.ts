import { afterAll, expect, jest, test } from '@jest/globals';
import { prepareDelivery } from '../../delivery/deliver';
import { pipelineImagesDeliverable } from '../../delivery/deliverables';
import { estate } from '../../estate';
import { withCutOver } from '../../estate/derived/cutover-order';
import { takeBack } from '../../migration/cutover/take-back';
import { makeTree, put, removeTrees, snapshot } from '../delivery/fixture';

jest.setTimeout(60_000);
afterAll(removeTrees);

const image = estate.pipelineImages[0]?.image ?? '';
const deliverable = (cutOver: boolean) => pipelineImagesDeliverable(withCutOver(estate, image, cutOver), []);
const step = '.woodpecker/default.yml';
const tree = (): string =>
  makeTree({
    [step]: `steps:\n  - name: apply # by hand\n    image: registry.viktorbarzin.me/${image}:latest\n`,
  });

test('pipelines go back from what was written and not committed', async () => {
  const root = tree();
  const before = snapshot(root);
  (await prepareDelivery(root, deliverable(true))).write();
  expect(snapshot(root)[step]).toContain(`${estate.forgejo.host}/${estate.forgejo.packages.owner}/${image}:`);
  await expect(prepareDelivery(root, deliverable(false))).rejects.toThrow('uncommitted changes');

  takeBack(root, '.woodpecker/');

  expect((await prepareDelivery(root, deliverable(false))).changes).toEqual([]);
  expect(snapshot(root)).toEqual(before);
});

test('what lies beside them is left', () => {
  const root = tree();
  put(root, 'notes.md', 'mine');

  takeBack(root, '.woodpecker/');

  expect(snapshot(root)['notes.md']).toBe('mine');
});
