import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { synthesize } from '../../stacks/synthesize';
import { secondEstate } from '../second-estate';
import { withLeaf } from '../support/leaves';

const outdir = mkdtempSync(join(tmpdir(), 'synthesize-'));
afterAll(() => {
  rmSync(outdir, { recursive: true });
});

const base: Estate = estate;
const changed = (subject: Estate, changes: Readonly<Record<string, string>>): Estate =>
  Object.entries(changes).reduce((all, [path, value]) => withLeaf(all, path, value), subject);

test.each([
  [
    'Vault paths',
    changed(base, { 'nodes/admin/sshPublicKey/path': 'ci/keys', 'nodes/joinCommand/path': 'ci-keys' }),
    'stacks["infra"]: two objects have one address, got "data.vault_kv_secret_v2.cloud_config_ci_keys"',
  ],
  [
    'namespaces',
    changed(secondEstate, { 'pullSecret/namespaces/0': 'a-b', 'pullSecret/namespaces/1': 'a--b' }),
    'stacks["pull-secrets"]: two objects have one address, got "kubernetes_secret.registry_credentials_a_b"',
  ],
])('two %s that become one name of Terraform are refused, not mixed', (_, subject, message) => {
  expect(() => synthesize(subject, outdir)).toThrow(message);
});
