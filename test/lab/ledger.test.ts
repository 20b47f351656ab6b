import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { VaultKv } from '../../clients/vault/kv';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { mustSucceed } from '../../lab/servers/vault';
import { Ledger } from '../../apply/ledger';
import { vaultAccess } from '../../estate/derived/vault-consumers';
import { estate } from '../../estate';
import { ledgerContract } from '../support/ledger-contract';
import { narrowed } from '../support/estates';
import { describeLab } from './describe-lab';

describeLab('what was applied last, in a real Vault', () => {
  let lab: Lab<'vault'>;
  beforeAll(async () => {
    lab = await startLab({ vault: true });
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);
  const kvOf = (token = lab.vault.token): VaultKv =>
    new VaultKv({ address: lab.vault.url, token, mount: lab.vault.mount });

  ledgerContract('in Vault', () => kvOf(), 'applied-by-contract');

  it('can be kept by the role of the pipelines with the rights that the estate gives it, once it is narrowed', async () => {
    const access = vaultAccess(narrowed(estate)).find(({ role }) => role === 'ci');
    const policy = (access?.rights ?? [])
      .map(({ path, capabilities }) => {
        const there = path.replace(/^secret\//u, `${lab.vault.mount}/`);
        return `path "${there}" { capabilities = ${JSON.stringify(capabilities)} }`;
      })
      .join('\n');
    await mustSucceed(lab.vault, { method: 'POST', path: 'sys/policies/acl/pipelines', body: { policy } });
    const created = (await mustSucceed(lab.vault, {
      method: 'POST',
      path: 'auth/token/create',
      body: { policies: ['pipelines'] },
    })) as { auth: { client_token: string } };
    const ledger = new Ledger(kvOf(created.auth.client_token), estate.stacks.appliedRecord);

    await ledger.change('a', () => ({ applied: { commit: '1'.repeat(40), hash: '1'.repeat(64) } }));
    await ledger.change('a', () => ({ applied: { commit: '2'.repeat(40), hash: '2'.repeat(64) } }));
    expect([...(await ledger.all()).keys()]).toEqual(['a']);
  });
});

describeLab('the script of the pipelines', () => {
  it('is a script that shellcheck has nothing to say about', async () => {
    const { path } = await findTool('shellcheck');
    const file = join(__dirname, '../../pipelines/registry-stacks.sh');
    const { status, stdout } = spawnSync(path, [file], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  }, 600_000);
});
