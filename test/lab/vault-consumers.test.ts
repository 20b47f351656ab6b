import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existing } from '../../lab/servers/existing';
import { startLab, type Lab } from '../../lab/runs/lab';
import { mustSucceed } from '../../lab/servers/vault';
import { estateAt, narrowed } from '../support/estates';
import { describeLab } from './describe-lab';
import { grant, reviewTokens, tokenOf } from './vault-access';

const estate = estateAt('prepare');
const { consumers } = estate.vault;
const { namespace } = estate.woodpecker;
const accounts = ['default', 'ci-apply', 'vault-woodpecker-sync', 'woodpecker-deployer', 'stranger'];
const secrets = ['viktor', 'ci/global', 'ci/other', 'platform', 'infra', 'woodpecker', 'vault'];

const isOwn = existing('vault') === undefined;
if (!isOwn)
  console.warn('skipped, for policies have the homelab’s own names (LAB_EXISTING): who may do what in Vault');

(isOwn ? describeLab : describe.skip)('who of the CI may do what in Vault', () => {
  let lab: Lab<'kubernetes' | 'vault'>;
  beforeAll(async () => {
    lab = await startLab({ kubernetes: true, vault: true });
    await reviewTokens(lab, namespace, accounts);
    for (const path of secrets)
      await mustSucceed(lab.vault, {
        method: 'POST',
        path: `secret/data/${path}`,
        body: { data: { key: path } },
      });
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const login = async (role: string, account: string): Promise<string | undefined> => {
    const { status, body } = await lab.vault.request({
      ...{ method: 'POST', path: `auth/${lab.vault.kubernetesAuth}/login`, token: '' },
      body: { role, jwt: await tokenOf(lab, namespace, account) },
    } as const);
    return status === 200 ? (body as { auth: { client_token: string } }).auth.client_token : undefined;
  };
  /** `role account: path, path` for each pair that logs in, with what it reads of everything there is. */
  const readable = async (): Promise<readonly string[]> => {
    const rows: string[] = [];
    for (const { role } of Object.values(consumers))
      for (const account of accounts) {
        const token = await login(role, account);
        if (token === undefined) continue;
        const read = [];
        for (const path of secrets)
          if ((await lab.vault.request({ path: `secret/data/${path}`, token })).status === 200)
            read.push(path);
        rows.push(`${role} as ${account}: ${read.join(', ')}`);
      }
    return rows;
  };
  const capabilities = async (token: string, ...paths: readonly string[]): Promise<unknown> =>
    mustSucceed(lab.vault, { method: 'POST', path: 'sys/capabilities-self', token, body: { paths } });
  const all = secrets.join(', ');

  it('at adoption, everybody may what they could, and each new ServiceAccount what it needs', async () => {
    await grant(lab, estate);
    expect(await readable()).toEqual([
      `ci as default: ${all}`,
      `ci as ci-apply: ${all}`,
      'woodpecker-sync as default: ci/global, ci/other',
      'woodpecker-sync as vault-woodpecker-sync: ci/global, ci/other',
      'woodpecker-deployer as woodpecker-deployer: ',
    ]);
  });

  it('narrowed, each reads its own and no other, by its own ServiceAccount alone', async () => {
    await grant(lab, narrowed(estate));
    expect(await readable()).toEqual([
      `ci as ci-apply: ${secrets.filter((path) => path !== 'vault').join(', ')}`,
      'woodpecker-sync as vault-woodpecker-sync: ci/global',
      'woodpecker-deployer as woodpecker-deployer: ',
    ]);
  });

  it('narrowed, each writes and asks for what its duty is and nothing else', async () => {
    await grant(lab, narrowed(estate));
    const paths = [
      ...['secret/data/platform', 'secret/data/viktor', 'secret/metadata/ci'],
      ...['transit/decrypt/sops-state-vault', 'transit/decrypt/other'],
      ...['kubernetes/creds/ci-deployer', 'kubernetes/creds/admin', 'sys/policies/acl/ci'],
    ];
    const of = async (role: string, account: string): Promise<unknown> => {
      const answer = await capabilities((await login(role, account)) ?? '', ...paths);
      return paths.map((path) => (answer as Record<string, string[]>)[path]?.join(' '));
    };
    expect(await of('ci', 'ci-apply')).toEqual([
      ...['create read update', 'read', 'deny', 'update', 'deny', 'deny', 'deny', 'deny'],
    ]);
    expect(await of('woodpecker-sync', 'vault-woodpecker-sync')).toEqual(paths.map(() => 'deny'));
    expect(await of('woodpecker-deployer', 'woodpecker-deployer')).toEqual(
      paths.map((path) => (path === 'kubernetes/creds/ci-deployer' ? 'create update' : 'deny')),
    );
  });

  it('a glob in the middle of a path allows nothing, so what the predecessor meant for deployers never was', async () => {
    await grant(lab, estate);
    const token = (await login('ci', 'default')) ?? '';
    expect(await capabilities(token, 'kubernetes/creds/ci-deployer')).toMatchObject({
      'kubernetes/creds/ci-deployer': ['deny'],
    });
  });
});
