import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { ForgejoAdministration } from '../../clients/forgejo/administration';
import { RegistryClient } from '../../clients/oci/client';
import { VaultKv } from '../../clients/vault/kv';
import { applyBootstrap, surveyBootstrap, type BootstrapProps } from '../../credentials/bootstrap';
import { describeStep } from '../../credentials/describe';
import type { Desired } from '../../credentials/desired';
import { startLab, type Lab } from '../../lab/runs/lab';
import type { ForgeUser } from '../../lab/servers/forge-administration';
import { InterceptingProxy, type Interception } from '../support/intercepting-proxy';
import { pushImage } from '../support/push-image';
import { describeLab } from './describe-lab';

const patience = { retries: 0, timeoutMs: 30_000 };

describeLab('the bootstrap of accounts and tokens', () => {
  let lab: Lab<'forge' | 'vault'>;
  let admin: ForgeUser;
  let forgejoProxy: InterceptingProxy;
  let vaultProxy: InterceptingProxy;
  beforeAll(async () => {
    lab = await startLab({ forge: true, vault: true });
    admin = await lab.forge.createAdministrator('keeper');
    forgejoProxy = await new InterceptingProxy(lab.forge.url).start();
    vaultProxy = await new InterceptingProxy(lab.vault.url).start();
  }, 1_800_000);
  afterEach(() => {
    forgejoProxy.intercept = () => undefined;
    vaultProxy.intercept = () => undefined;
  });
  afterAll(async () => {
    await forgejoProxy.stop();
    await vaultProxy.stop();
    await lab.stop();
  }, 60_000);

  let count = 0;
  /** An estate of its own for each case, on the same servers. */
  const estate = async (kind: 'user' | 'organization'): Promise<{ owner: string; desired: Desired }> => {
    count += 1;
    const owner = `${kind}${count}`;
    const [puller, pusher] = [`puller${count}`, `pusher${count}`];
    const robot = (name: string) => ({ name, email: `${name}@lab.invalid`, kind: 'robot' }) as const;
    if (kind === 'user') await lab.forge.createUser({ name: owner });
    const writer = kind === 'user' ? owner : pusher;
    const token = (name: string, account: string, scope: string) => ({
      ...{ name, account, scopes: [scope], vault: { path: owner, key: `forgejo_${name}_token` } },
    });
    return {
      owner,
      desired: {
        accounts: [
          ...(kind === 'user'
            ? [{ name: owner, email: `${owner}@lab.invalid`, kind: 'person' } as const]
            : []),
          robot(puller),
          ...(kind === 'user' ? [] : [robot(pusher)]),
        ],
        ...(kind === 'user'
          ? {}
          : {
              organization: {
                name: owner,
                teams: [
                  { name: 'package-readers', packages: 'read', members: [puller] },
                  { name: 'package-writers', packages: 'write', members: [pusher] },
                ] as const,
              },
            }),
        tokens: [token('pull', puller, 'read:package'), token('push', writer, 'write:package')],
        overlapHours: 24,
      },
    };
  };
  const props = (desired: Desired, change: Partial<BootstrapProps> = {}): BootstrapProps => ({
    desired,
    forgejo: new ForgejoAdministration({
      ...{ url: forgejoProxy.url, user: admin.name, password: admin.password, ...patience },
    }),
    vault: new VaultKv({
      ...{ address: vaultProxy.url, token: lab.vault.token, mount: lab.vault.mount, ...patience },
    }),
    ...change,
  });
  const apply = async (how: BootstrapProps): Promise<string[]> => {
    const done: string[] = [];
    await applyBootstrap(how, await surveyBootstrap(how), (step) => done.push(describeStep(step)));
    return done;
  };
  const stored = async (path: string): Promise<Record<string, string>> => {
    const { body } = await lab.vault.request({ path: `${lab.vault.mount}/data/${path}` });
    return (body as { data: { data: Record<string, string> } }).data.data;
  };
  const bearer = async (user: string, secret: string): Promise<string> => {
    const basic = Buffer.from(`${user}:${secret}`).toString('base64');
    const response = await fetch(`${lab.forge.url}/v2/token?service=container_registry`, {
      headers: { authorization: `Basic ${basic}` },
    });
    return `Bearer ${((await response.json()) as { token: string }).token}`;
  };
  const asAccount = (username: string, password: string): RegistryClient =>
    new RegistryClient({ url: lab.forge.url, credentials: { username, password } });
  const pull = async (repository: string, account: string, secret: string): Promise<number> => {
    const response = await fetch(`${lab.forge.url}/v2/${repository}/manifests/1`, {
      headers: { authorization: await bearer(account, secret), accept: '*/*' },
    });
    return response.status;
  };
  const names = async ({ desired }: { desired: Desired }): Promise<string[]> => {
    const { forgejo } = props(desired);
    const accounts = [...new Set(desired.tokens.map(({ account }) => account))];
    return (await Promise.all(accounts.map((account) => forgejo.tokens(account))))
      .flat()
      .map(({ name }) => name);
  };

  it.each(['user', 'organization'] as const)(
    'goes from nothing to a pushed and pulled image of a %s, and then has nothing to do',
    async (kind) => {
      const { owner, desired } = await estate(kind);
      await lab.vault.request({
        ...{ method: 'POST', path: `${lab.vault.mount}/data/${owner}`, body: { data: { other: 'stays' } } },
      });
      await apply(props(desired));
      const {
        other,
        forgejo_pull_token: pullToken = '',
        forgejo_push_token: pushToken = '',
      } = await stored(owner);
      expect(other).toBe('stays');
      const [puller = '', writer = ''] = desired.tokens.map(({ account }) => account);
      const target = asAccount(writer, pushToken);
      await pushImage(target, `${owner}/app`, 'app', '1');
      expect(await pull(`${owner}/app`, puller, pullToken)).toBe(200);
      expect(await apply(props(desired))).toEqual([]);
    },
  );

  it('ended after any of its requests, it comes to the same end when it is run again', async () => {
    const whole = await estate('organization');
    const before = forgejoProxy.requests.length + vaultProxy.requests.length;
    await apply(props(whole.desired));
    const requests = forgejoProxy.requests.length + vaultProxy.requests.length - before;
    for (let survived = 1; survived <= requests; survived += 1) {
      const one = await estate('organization');
      let seen = 0;
      // The request is carried out and its answer lost, as when the program is killed while it waits.
      const lose = (): Interception => {
        seen += 1;
        if (seen > survived) return { status: 503 };
        return seen === survived ? { rewrite: () => Buffer.from('cut') } : undefined;
      };
      forgejoProxy.intercept = lose;
      vaultProxy.intercept = lose;
      await apply(props(one.desired)).catch(() => undefined);
      forgejoProxy.intercept = () => undefined;
      vaultProxy.intercept = () => undefined;
      await apply(props(one.desired));
      expect(await names(one)).toEqual(['registry-pull-1', 'registry-push-1']);
      expect(await apply(props(one.desired))).toEqual([]);
      const secrets = await stored(one.owner);
      expect(Object.keys(secrets).sort()).toEqual(['forgejo_pull_token', 'forgejo_push_token']);
    }
  }, 600_000);

  it('rotates a token without one failed pull, and deletes the old one when the overlap is over', async () => {
    const { owner, desired } = await estate('user');
    await apply(props(desired));
    const { forgejo_push_token: pushToken = '', forgejo_pull_token: first = '' } = await stored(owner);
    const target = asAccount(owner, pushToken);
    await pushImage(target, `${owner}/app`, 'app', '1');
    const [puller = ''] = desired.tokens.map(({ account }) => account);
    const statuses: number[] = [];
    let pulling = true as boolean;
    const loop = (async () => {
      // As a kubelet does: with the login that the Secret had some time ago.
      for (let secret = first; pulling; secret = (await stored(owner))['forgejo_pull_token'] ?? '')
        for (let turn = 0; turn < 3; turn += 1) statuses.push(await pull(`${owner}/app`, puller, secret));
    })();
    await apply(props(desired, { rotate: ['pull'] }));
    expect(await apply(props(desired, { rotate: ['pull'] }))).toEqual([]);
    expect((await names({ desired })).sort()).toEqual([
      'registry-pull-1',
      'registry-pull-2',
      'registry-push-1',
    ]);
    pulling = false;
    await loop;
    expect(new Set(statuses)).toEqual(new Set([200]));
    const later = props(desired, { now: () => Date.now() + 24 * 3_600_000 });
    expect(await apply(later)).toEqual([expect.stringContaining('delete registry-pull-1')]);
    const { forgejo_pull_token: second = '' } = await stored(owner);
    expect([await pull(`${owner}/app`, puller, second), await fetchAs(puller, first)]).toEqual([200, 401]);
  });

  const fetchAs = async (user: string, secret: string): Promise<number> => {
    const basic = Buffer.from(`${user}:${secret}`).toString('base64');
    return (await fetch(`${lab.forge.url}/v2/token`, { headers: { authorization: `Basic ${basic}` } }))
      .status;
  };

  it.each<[string, (how: BootstrapProps) => BootstrapProps, RegExp]>([
    [
      'a wrong administrator',
      (how) => ({ ...how, forgejo: administrator('keeper', 'wrong') }),
      /the administrator is refused, got 401/,
    ],
    [
      'a Vault token that is none',
      (how) => ({ ...how, vault: vaultAt({ token: 'wrong' }) }),
      /got 403; log in again/,
    ],
    ['a mount that is none', (how) => ({ ...how, vault: vaultAt({ mount: 'absent' }) }), /"absent"/],
    [
      'a Vault that is not there',
      (how) => ({ ...how, vault: vaultAt({ address: 'http://127.0.0.1:1' }) }),
      /ECONNREFUSED.*VAULT_ADDR/,
    ],
    ['a Vault that is none', (how) => ({ ...how, vault: vaultAt({ address: lab.forge.url }) }), /VAULT_ADDR/],
    [
      'a Forgejo that is none',
      (how) => ({
        ...how,
        forgejo: new ForgejoAdministration({ url: lab.vault.url, user: 'a', password: 'b', ...patience }),
      }),
      /correct the address if it is no Forgejo/,
    ],
  ])('refuses %s', async (_, change, message) => {
    const { desired } = await estate('user');
    await expect(surveyBootstrap(change(props(desired)))).rejects.toThrow(message);
  });

  const administrator = (user: string, password: string): ForgejoAdministration =>
    new ForgejoAdministration({ url: lab.forge.url, user, password, ...patience });
  const vaultAt = (change: { address?: string; token?: string; mount?: string }): VaultKv =>
    new VaultKv({
      address: lab.vault.url,
      token: lab.vault.token,
      mount: lab.vault.mount,
      ...patience,
      ...change,
    });

  it('refuses a mount of version 1 and an ordinary account, and says what to do', async () => {
    const { desired, owner } = await estate('user');
    const mount = `v1-${owner}`;
    await lab.vault.request({
      method: 'POST',
      path: `sys/mounts/${mount}`,
      body: { type: 'kv', options: { version: '1' } },
    });
    const ordinary = await lab.forge.createUser({ name: `${owner}-ordinary` });
    const refused = surveyBootstrap(
      props(desired, { vault: vaultAt({ mount }), forgejo: administrator(ordinary.name, ordinary.password) }),
    );
    await expect(refused).rejects.toThrow(/no site administrator.*\n.*enable-versioning/);
    await lab.vault.request({ method: 'DELETE', path: `sys/mounts/${mount}` });
  });
});
