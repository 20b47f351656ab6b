import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { evaluateStack, referencedSecrets } from '../support/evaluate-stack';
import { startLab, type Lab } from '../../lab/runs/lab';
import { mustSucceed, type VaultAnswer } from '../../lab/servers/vault';
import { readSecrets, writeSecrets } from './vault-secrets';
import { blockAt, synthesizedAt, type TerraformJson } from '../support/synthesized';
import { describeLab } from './describe-lab';
import { reviewTokens, tokenOf } from './vault-access';

describeLab('the Vault of a lab', () => {
  let lab: Lab<'kubernetes' | 'vault'>;
  beforeAll(async () => {
    lab = await startLab({ kubernetes: true, vault: true });
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const dataPath = (name: string): string => `${lab.vault.mount}/data/${name}`;
  const read = (name: string, query = '', token?: string): Promise<VaultAnswer> =>
    lab.vault.request({ path: `${dataPath(name)}${query}`, ...(token === undefined ? {} : { token }) });
  const write = (name: string, data: object): Promise<unknown> =>
    mustSucceed(lab.vault, { method: 'POST', path: dataPath(name), body: { data } });

  it('gives back a secret that was written, with the number of its version', async () => {
    await write('written', { user: 'viktor', password: 'one' });
    expect(await read('written')).toMatchObject({
      status: 200,
      body: { data: { data: { user: 'viktor', password: 'one' }, metadata: { version: 1 } } },
    });
  });

  it('replaces the keys of a secret that is written again, and keeps the version before', async () => {
    await write('replaced', { user: 'viktor', password: 'one' });
    await write('replaced', { password: 'two' });
    const [now, before] = [await read('replaced'), await read('replaced', '?version=1')];
    expect(now).toMatchObject({ body: { data: { data: { password: 'two' }, metadata: { version: 2 } } } });
    expect((now.body as { data: { data: object } }).data.data).not.toHaveProperty('user');
    expect(before).toMatchObject({ body: { data: { data: { user: 'viktor', password: 'one' } } } });
  });

  it('changes one key by a patch and leaves the others', async () => {
    await write('patched', { user: 'viktor', password: 'one' });
    await mustSucceed(lab.vault, {
      method: 'PATCH',
      path: dataPath('patched'),
      contentType: 'application/merge-patch+json',
      body: { data: { password: 'two' } },
    });
    expect(await read('patched')).toMatchObject({
      body: { data: { data: { user: 'viktor', password: 'two' } } },
    });
  });

  it('answers 404 and no error for a secret that is not there', async () => {
    expect(await read('absent')).toEqual({ status: 404, body: { errors: [] } });
  });

  it('answers 403 to a wrong token, whether the secret is there or not', async () => {
    await write('guarded', { key: 'value' });
    for (const name of ['guarded', 'absent'])
      expect(await read(name, '', 'wrong')).toMatchObject({
        status: 403,
        body: { errors: [expect.stringContaining('permission denied')] },
      });
  });

  it('a pipeline logs in with its ServiceAccount, reads what its policy allows and nothing else', async () => {
    const namespace = 'woodpecker';
    await reviewTokens(lab, namespace, ['default', 'other']);
    const auth = `auth/${lab.vault.kubernetesAuth}`;
    const policy = `path "${dataPath('ci/*')}" { capabilities = ["read"] }`;
    const set = (path: string, body: object): Promise<unknown> =>
      mustSucceed(lab.vault, { method: 'POST', path, body });
    await set('sys/policies/acl/registry-lab-ci', { policy });
    await set(`${auth}/role/ci`, {
      bound_service_account_names: 'default',
      bound_service_account_namespaces: namespace,
      token_policies: ['registry-lab-ci'],
    });
    await write('ci/global', { forgejo_push_token: 'pushed' });
    await write('viktor', { forgejo_cleanup_token: 'cleaned' });

    const login = async (name: string): Promise<VaultAnswer> =>
      lab.vault.request({
        method: 'POST',
        path: `${auth}/login`,
        token: '',
        body: { role: 'ci', jwt: await tokenOf(lab, namespace, name) },
      });
    const granted = await login('default');
    expect(granted).toMatchObject({
      status: 200,
      body: { auth: { policies: ['default', 'registry-lab-ci'] } },
    });
    const token = (granted.body as { auth: { client_token: string } }).auth.client_token;
    expect(await read('ci/global', '', token)).toMatchObject({
      body: { data: { data: { forgejo_push_token: 'pushed' } } },
    });
    expect(await read('viktor', '', token)).toMatchObject({ status: 403 });
    expect(await login('other')).toMatchObject({
      status: 403,
      body: { errors: [expect.stringContaining('service account name not authorized')] },
    });
  });

  const json = (stack: string): TerraformJson => {
    const found = synthesizedAt('prepare').get(stack);
    if (found === undefined) throw new Error(`no stack "${stack}"`);
    return found.json;
  };
  const evaluated = async (stack: string): Promise<TerraformJson> =>
    evaluateStack(json(stack), {
      variables: {},
      vault: await readSecrets(json(stack), lab.vault),
      files: synthesizedAt('prepare').get(stack)?.files ?? {},
    });

  it('a stack’s Secrets hold what Vault answers', async () => {
    const values = referencedSecrets(json('monitoring'));
    await writeSecrets(json('monitoring'), lab.vault, values);
    const { data } = blockAt(await evaluated('monitoring'), 'kubernetes_secret.registry_probe_credentials');
    expect(data).toEqual({
      REG_USER: 'value-of-registry_probes-registry_user',
      REG_PASS: 'value-of-registry_probes-registry_password',
    });
  });

  it.each([
    ['is missing', {}],
    ['is empty', { registry_password: '' }],
  ])('a stack is stopped by a key that %s, by its name and the runbook step', async (_, change) => {
    const { registry_password: _password, ...others } = Object.assign(
      {},
      ...Object.values(referencedSecrets(json('monitoring'))),
    ) as Record<string, string>;
    await write('viktor', { ...others, ...change });
    await expect(evaluated('monitoring')).rejects.toThrow(
      /Vault secret\/viktor has no value at key "registry_password"\.\s+Create\s+it\s+as\s+docs\/runbooks\//,
    );
  });
});
