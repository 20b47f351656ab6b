import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { KubernetesApi } from '../../clients/kubernetes/api';
import { estate } from '../../estate';
import { measureLegacyUnused } from '../../evidence/legacy-unused';
import { FakeCluster } from '../support/fake-cluster';

let cluster: FakeCluster;
let tree: string;
beforeEach(async () => {
  cluster = await new FakeCluster().start();
  cluster.objects.set('/apis/batch/v1/cronjobs', [ours]);
  tree = mkdtempSync(join(tmpdir(), 'tree-'));
  writeFileSync(join(tree, 'README.md'), 'It was registry.viktorbarzin.me.\n');
});
afterEach(async () => {
  rmSync(tree, { recursive: true });
  await cluster.stop();
});
const faults = async (folder = tree): Promise<string[]> => {
  const { looks } = await measureLegacyUnused(
    estate,
    new KubernetesApi({ url: cluster.url, retries: 0 }),
    folder,
  );
  return looks.filter(({ holds }) => !holds).map(({ what, saw }) => `${what}: ${saw}`);
};
const cronJob = (image: string) => ({
  metadata: { namespace: 'wealthfolio', name: 'wealthfolio-sync' },
  spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image }] } } } } },
});
const ours = cronJob('forgejo.viktorbarzin.me/viktor/wealthfolio-sync:v1');

test('holds where cluster and tree name it nowhere but in prose', async () => {
  expect(await faults()).toEqual([]);
});

test('does not hold of another cluster, which is clean too', async () => {
  cluster.objects.set('/apis/batch/v1/cronjobs', [cronJob('ghcr.io/a/b:1')]);

  expect(await faults()).toEqual([
    expect.stringMatching(/^the cluster answers: .*, and nothing of forgejo\.viktorbarzin\.me$/u),
  ]);
});

test.each(['registry.viktorbarzin.me/a:1', '10.0.20.10:5050/a:1', 'Registry.Viktorbarzin.me:5050/a'])(
  'does not hold while a monthly CronJob is told to run %s',
  async (image) => {
    cluster.objects.set('/apis/batch/v1/cronjobs', [ours, cronJob(image)]);

    expect(await faults()).toEqual([
      `no workload refers to it: CronJob wealthfolio/wealthfolio-sync: ${image}`,
    ]);
  },
);

test('does not hold while a builder is told to push there, and holds where a status alone names it', async () => {
  const args = ['sh', '-c', 'push \\\nregistry.viktorbarzin.me:5050/a:1'];
  const { metadata } = ours;
  const builder = { metadata, spec: { template: { spec: { containers: [{ image: 'kaniko', args }] } } } };
  cluster.objects.set('/apis/batch/v1/jobs', [builder]);

  expect(await faults()).toEqual([
    'no workload refers to it: Job wealthfolio/wealthfolio-sync: registry.viktorbarzin.me:5050/a:1',
  ]);

  // Both names are of one image on the node.
  const status = { containerStatuses: [{ image: 'registry.viktorbarzin.me/a:1' }] };
  cluster.objects.set('/apis/batch/v1/jobs', [{ ...cronJob('forgejo.viktorbarzin.me/viktor/a:1'), status }]);
  expect(await faults()).toEqual([]);
});

test('does not hold while a file of the tree names it', async () => {
  writeFileSync(join(tree, 'main.tf'), 'image = "registry.viktorbarzin.me/a:1"\n');

  expect(await faults()).toEqual(['no file refers to it: 2 files, main.tf:1: registry.viktorbarzin.me/a:1']);
});

test('an empty cluster, an empty tree and a tree that is not there prove nothing', async () => {
  cluster.objects.clear();
  rmSync(join(tree, 'README.md'));

  expect(await faults()).toEqual([
    'the cluster answers: 0 objects, 0 of them pods, and nothing of forgejo.viktorbarzin.me',
    'no file refers to it: 0 files',
  ]);
  expect(await faults(join(tree, 'nowhere'))).toContainEqual(
    expect.stringContaining('could not be read: ENOENT'),
  );
});
