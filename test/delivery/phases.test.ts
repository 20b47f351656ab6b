import { afterAll, expect, jest, test } from '@jest/globals';
import { removeTrees } from './fixture';
import { statesOf, walk } from './walk';

jest.setTimeout(300_000);
afterAll(removeTrees);

test('the estate is adopted, goes through its phases and back, and leaves every byte as it was', async () => {
  const adopted = await walk(statesOf([1]));
  expect(adopted.map(({ kind, path }) => `${kind} ${path}`)).toEqual(
    expect.arrayContaining([
      'write stacks/forgejo/cdk.tf.json',
      'remove stacks/forgejo/main.tf',
      'write stacks/kyverno/modules/kyverno/cdk.tf.json',
      'remove stacks/kyverno/modules/kyverno/registry-credentials.tf',
      'edit stacks/monitoring/modules/monitoring/main.tf',
      'edit stacks/payslip-ingest/main.tf',
      'write stacks/infra/cdk.tf.json',
      'write stacks/vault/cdk.tf.json',
      'edit stacks/vault/main.tf',
      'write stacks/woodpecker/cdk.tf.json',
      'edit stacks/woodpecker/main.tf',
      'write modules/docker-registry/delivered.json',
    ]),
  );
  const generated = (path: string): unknown =>
    JSON.parse(adopted.find((one) => one.path === path)?.after ?? '');
  const forgejo = generated('stacks/forgejo/cdk.tf.json');
  for (const left of ['terraform', 'provider', 'data.vault_kv_secret_v2.cf_platform'])
    expect(forgejo).not.toHaveProperty(left);
  expect(generated('stacks/kyverno/modules/kyverno/cdk.tf.json')).not.toHaveProperty('resource.helm_release');
});
