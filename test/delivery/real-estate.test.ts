import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { prepareDelivery } from '../../delivery/deliver';
import { deliverablesOf } from '../../delivery/deliverables';
import type { Phase } from '../../estate/phases';
import { synthesize } from '../../stacks/synthesize';
import { estateAt } from '../support/estates';
import { commit, makeTree, removeTrees } from './fixture';

jest.setTimeout(180_000);
afterAll(removeTrees);

/** Delivers the estate of a phase into the tree, commits it there, and tells which files changed. */
async function deliver(root: string, phase: Phase): Promise<string[]> {
  const outdir = mkdtempSync(join(tmpdir(), 'real-estate-'));
  try {
    const estate = estateAt(phase);
    const delivery = await prepareDelivery(root, deliverablesOf(estate, synthesize(estate, outdir)));
    delivery.write();
    if (delivery.changes.length > 0) commit(root, `deliver ${phase}`);
    return delivery.changes.map(({ path, kind }) => `${kind} ${path}`).sort();
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

describe('the real estate in a Terragrunt tree', () => {
  test('is adopted once, and later phases change generated files alone', async () => {
    const root = makeTree();
    const read = (path: string): string => readFileSync(join(root, path), 'utf8');

    const adopted = await deliver(root, 'prepare');
    expect(adopted).toEqual(
      expect.arrayContaining([
        'write stacks/forgejo/cdk.tf.json',
        'remove stacks/forgejo/main.tf',
        'write stacks/kyverno/modules/kyverno/cdk.tf.json',
        'remove stacks/kyverno/modules/kyverno/registry-credentials.tf',
        'edit stacks/monitoring/modules/monitoring/main.tf',
        'edit stacks/payslip-ingest/main.tf',
        'write stacks/infra/cdk.tf.json',
      ]),
    );
    expect(await deliver(root, 'prepare')).toEqual([]);

    const cutOver = await deliver(root, 'cutover');
    expect(cutOver.filter((change) => !/^write stacks\/\S+\.tf\.json$/.test(change))).toEqual([]);
    expect(cutOver).toHaveLength(10);

    const json = JSON.parse(read('stacks/forgejo/cdk.tf.json')) as Record<string, unknown>;
    expect(Object.keys(json)).not.toEqual(expect.arrayContaining(['terraform']));
    expect(json).not.toHaveProperty('provider');
    expect(json).not.toHaveProperty('data.vault_kv_secret_v2.cf_platform');
    expect(JSON.parse(read('stacks/kyverno/modules/kyverno/cdk.tf.json'))).not.toHaveProperty(
      'resource.helm_release',
    );
  });
});
