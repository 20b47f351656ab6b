import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { bootstrap } from '../../commands/bootstrap';
import { preflight } from '../../commands/preflight';
import { WoodpeckerSecrets } from '../../clients/woodpecker/secrets';
import { readKeys } from '../../commands/vault-keys';
import { askFrontDoor } from '../../credentials/preflight/front-doors';
import { askName } from '../../credentials/preflight/names';
import { startLab, type Lab } from '../../lab/runs/lab';
import type { ForgeUser } from '../../lab/servers/forge-administration';
import { startLoopbackDns, type LoopbackDns } from './loopback-dns';
import { routeService } from './route-service';
import { applyObjects } from '../../lab/servers/apply-objects';
import { standInMiddlewares } from './surroundings';
import { mustSucceed } from '../../lab/servers/vault';
import type { Estate } from '../../estate/estate';
import { runProgram } from '../../rollout/run-command';
import { call, type Called } from '../support/call';
import { estateAt, withTestEvidence } from '../support/estates';
import { neededSecrets } from '../../trees/ci-secrets';
import { FakeWoodpecker } from '../support/fake-woodpecker';
import { describeLab, itOnOwn } from './describe-lab';
import { stackObjects } from './stack-objects';
import { throughTraefik } from './through-traefik';

// Without the legacy registry, which is a machine of its own. Its evidence was made on the first of January 2026.
const estate = estateAt('decommission');
const now = (): number => Date.parse('2026-01-10T00:00:00Z');
const { forgejo, hosts, pullSecret, tokens } = estate;

const itOnOwnVault = itOnOwn('vault');

describeLab('./registry preflight', () => {
  let lab: Lab<'forge' | 'kubernetes' | 'traefik' | 'vault'>;
  let admin: ForgeUser;
  let dns: LoopbackDns;
  let woodpecker: FakeWoodpecker;
  let printed = '';

  beforeAll(async () => {
    lab = await startLab({
      ...{ kubernetes: true, traefik: true, vault: true },
      forge: { rootUrl: `https://${forgejo.host}` },
    });
    await lab.forge.createUser({ name: forgejo.packages.owner, visibility: 'limited' });
    admin = await lab.forge.createAdministrator('keeper');
    for (const { path, key } of readKeys(estate)) await set(path, { [key]: 'canary-of-preflight' });
    for (const { vault } of Object.values(tokens)) await set(vault.path, { [vault.key]: '' });
    const made = await call(['bootstrap', 'apply', '--forgejo', lab.forge.url], {
      environment: {
        ...environment(),
        ...{ FORGEJO_ADMIN_USER: admin.name, FORGEJO_ADMIN_PASSWORD: admin.password },
      },
      verbs: [bootstrap(() => estate, { run: runProgram, mount: lab.vault.mount })],
    });
    if (made.code !== 0) throw new Error(made.err);
    const { apiToken, events } = estate.woodpecker.secretSync;
    woodpecker = await new FakeWoodpecker().start();
    await set(apiToken.path, { [apiToken.key]: woodpecker.token });
    for (const { name } of neededSecrets(estate))
      woodpecker.add(name, 'canary-of-preflight', '', [...events, 'pull_request']);
    dns = await startLoopbackDns(lab, { [forgejo.host]: hosts.traefikLoadBalancer });
    await applyForge();
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: pullSecret.namespace } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app' } },
    ]);
    await applySource();
    await copySource();
    // Until Traefik has read the Ingress.
    await throughTraefik(lab, forgejo.host).login(tokens.pull.owner, await valueAt(tokens.pull.vault));
  }, 1_800_000);
  afterAll(async () => {
    await woodpecker.stop();
    await lab.stop();
  }, 60_000);

  const environment = (): Record<string, string> => ({
    ...{ VAULT_ADDR: lab.vault.url, VAULT_TOKEN: lab.vault.token },
  });
  const dataOf = async (path: string): Promise<Record<string, unknown>> => {
    const { body } = await lab.vault.request({ path: `${lab.vault.mount}/data/${path}` });
    return (body as { data: { data: Record<string, unknown> } | null }).data?.data ?? {};
  };
  const valueAt = async ({ path, key }: { path: string; key: string }): Promise<string> =>
    String((await dataOf(path))[key]);
  const set = async (path: string, change: Record<string, unknown>): Promise<void> => {
    const before = await dataOf(path).catch(() => ({}));
    const body = { data: { ...before, ...change } };
    await mustSucceed(lab.vault, { method: 'POST', path: `${lab.vault.mount}/data/${path}`, body });
  };
  const applyForge = async (): Promise<void> => {
    const certificate = await lab.authority.issue({ name: 'forge', hosts: [forgejo.host] });
    const objects = await stackObjects(estate, 'forgejo', {
      files: {
        'secrets/fullchain.pem': readFileSync(certificate.certFile, 'utf8'),
        'secrets/privkey.pem': readFileSync(certificate.keyFile, 'utf8'),
      },
    });
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'traefik' } },
      ...standInMiddlewares(objects),
      ...routeService(
        objects,
        { name: 'forgejo', namespace: forgejo.namespace },
        Number(new URL(lab.forge.url).port),
      ),
    ]);
  };
  /** As the kyverno stack writes it. */
  const applySource = async (): Promise<void> => {
    const vault = { viktor: { forgejo_pull_token: await valueAt(tokens.pull.vault) } };
    const objects = await stackObjects(estate, 'kyverno', { vault });
    await applyObjects(
      lab.kubernetes,
      objects.filter(({ kind }) => kind === 'Secret'),
    );
  };
  /** As Kyverno copies it; that it does is test/lab/kyverno.test.ts. */
  const copySource = async (): Promise<void> => {
    const list = JSON.parse(await lab.kubernetes.kubectl(['get', 'namespaces', '-o', 'json'])) as {
      items: { metadata: { name: string } }[];
    };
    const path = `/api/v1/namespaces/${pullSecret.namespace}/secrets/${pullSecret.name}`;
    const { body } = await lab.kubernetes.request({ path });
    const { type, data } = body as { type: string; data: object };
    await applyObjects(
      lab.kubernetes,
      list.items
        .map(({ metadata }) => metadata.name)
        .filter(
          (name) =>
            name !== pullSecret.namespace && !pullSecret.excludedNamespaces.some((not) => not === name),
        )
        .map((namespace) => ({
          ...{ apiVersion: 'v1', kind: 'Secret', type, data },
          metadata: { name: pullSecret.name, namespace },
        })),
    );
  };
  const command = async (
    line = '',
    change: {
      readonly environment?: object;
      readonly forgejo?: string;
      readonly woodpecker?: string;
      readonly cluster?: 'away';
      readonly subject?: Estate;
      readonly day?: string;
    } = {},
  ): Promise<Called> => {
    const websecure = new URL(`https://${lab.traefik.websecure}`);
    const ca = readFileSync(lab.authority.caFile, 'utf8');
    const means = {
      now: change.day === undefined ? now : () => Date.parse(change.day ?? ''),
      ...{ mount: lab.vault.mount, askName: (_: string, name: string) => askName(dns.host, name) },
      askFrontDoor: ({ dials }: { dials: string }) =>
        askFrontDoor({ dials, ca, address: websecure.hostname, port: Number(websecure.port) }),
      run: ({ args, input }: { readonly args: readonly string[]; readonly input?: string }) =>
        change.cluster === 'away'
          ? Promise.resolve({ code: 1, stdout: '', stderr: 'dial tcp: connect: connection refused' })
          : lab.kubernetes.kubectl(args, input).then(
              (stdout) => ({ code: 0, stdout, stderr: '' }),
              (error: unknown) => ({ code: 1, stdout: '', stderr: String(error) }),
            ),
    };
    const ci = change.woodpecker ?? woodpecker.url;
    const at = ['--forgejo', change.forgejo ?? lab.forge.url, '--woodpecker', ci];
    const args = ['preflight', ...at, ...(line === '' ? [] : [line])];
    const called = await call(args, {
      environment: { ...environment(), ...change.environment },
      verbs: [preflight(() => change.subject ?? estate, means)],
    });
    printed += called.out + called.err;
    return called;
  };
  const faults = ({ out }: Called): string[] =>
    out.split('\n').filter((line) => /^(fault|unasked) /.test(line));

  it('finds nothing where all is as the estate says, and changes nothing', async () => {
    const before = await dataOf('viktor');
    const called = await command();
    expect([faults(called), called.code, called.err]).toEqual([[], 0, '']);
    expect(called.out).toMatch(
      /\n\d+ well, 0 faults, 0 overridden, 0 could not be asked, \d seen from elsewhere alone\n$/,
    );
    expect(await dataOf('viktor')).toEqual(before);
    const packages = await lab.forge.createToken(admin, ['read:package']).then((token) =>
      fetch(`${lab.forge.url}/api/v1/packages/${forgejo.packages.owner}`, {
        headers: { authorization: `token ${token}` },
      }),
    );
    expect(await packages.json()).toEqual([]);
  });

  it('prints one document for a pipeline', async () => {
    const { out, code } = await command('--json');
    const { phase, findings } = JSON.parse(out) as { phase: string; findings: { state: string }[] };
    expect([code, phase]).toEqual([0, 'decommission']);
    expect(findings.length).toBeGreaterThan(readKeys(estate).length);
  });

  const broken: readonly [string, () => Promise<unknown>, RegExp][] = [
    [
      'a key that is empty',
      () => set('infra', { dockerhub_registry_password: '' }),
      /vault +secret\/infra dockerhub_registry_password .*got an empty text; vault kv patch -mount=secret infra dockerhub_registry_password=-$/,
    ],
    [
      'a key of the wrong type',
      () => set('infra', { dockerhub_registry_password: { a: 1 } }),
      /secret\/infra dockerhub_registry_password .*got an object; vault kv patch/,
    ],
    [
      'a token of the wrong account',
      async () => set(tokens.push.vault.path, { [tokens.push.vault.key]: await valueAt(tokens.pull.vault) }),
      /token +push of viktor .*may not push to "viktor", got 401, .*is the token of "pull" too.*--rotate push$/,
    ],
    [
      'a token that was deleted',
      () => set(tokens.push.vault.path, { [tokens.push.vault.key]: 'f00d'.repeat(10) }),
      /token +push of viktor .*is no token of "viktor" that works, got 401; .*--rotate push$/,
    ],
    [
      'a token that may do everything',
      async () =>
        set(tokens.push.vault.path, {
          [tokens.push.vault.key]: await lab.forge.createToken({ ...admin }, [
            'write:package',
            'read:user',
            'read:admin',
          ]),
        }),
      /token +push of viktor .*reaches what "read:user" guards, got 200, reaches what "read:admin" guards/,
    ],
  ];
  it.each(broken)('names %s', async (_, spoil, line) => {
    const before = await Promise.all(['infra', tokens.push.vault.path].map(dataOf));
    await spoil();
    const called = await command();
    expect(faults(called).filter((text) => line.test(text))).toHaveLength(1);
    expect(called.code).toBe(2);
    await set('infra', before[0] ?? {});
    await set(tokens.push.vault.path, before[1] ?? {});
  });

  it('names a copy that is behind and a namespace without one, each with what renews it', async () => {
    const encoded = Buffer.from(
      JSON.stringify({ auths: { [forgejo.host]: { auth: Buffer.from('a:old').toString('base64') } } }),
    ).toString('base64');
    const patch = JSON.stringify({ data: { '.dockerconfigjson': encoded } });
    await lab.kubernetes.kubectl(['patch', 'secret', pullSecret.name, '-n', 'app', '-p', patch]);
    await lab.kubernetes.kubectl(['create', 'namespace', 'bare']);
    const renew = (name: string): string =>
      `kubectl label namespace ${name} renew-pull-secret=now && kubectl label namespace ${name} renew-pull-secret-`;
    expect(faults(await command())).toEqual([
      expect.stringMatching(`app/registry-credentials +differs from its source.*; ${renew('app')}$`),
      expect.stringMatching(`bare/registry-credentials +has no login at all.*; ${renew('bare')}$`),
    ]);
    await copySource();
    expect((await command()).code).toBe(0);
  });

  it('names a server that leads a name astray', async () => {
    await dns.set(forgejo.host, '203.0.113.7');
    const [fault = ''] = faults(await command());
    expect(fault).toMatch(
      /name +forgejo\.viktorbarzin\.me by pfsense .*got 203\.0\.113\.7, expected 10\.0\.20\.200/,
    );
    await dns.set(forgejo.host, undefined);
    expect(faults(await command()).join('\n')).toMatch(/nowhere, got E/);
    await dns.set(forgejo.host, hosts.traefikLoadBalancer);
  });

  it('takes old evidence of what retention would do only where the retention that runs deletes', async () => {
    const withMode = (mode: Estate['retention']['mode']): Estate =>
      withTestEvidence({ ...estate, retention: { ...estate.retention, mode } });
    const subject = withMode('enforce');
    const said = async (cluster?: 'away'): Promise<string> => {
      const how = { subject, day: '2026-03-01', ...(cluster === undefined ? {} : { cluster }) };
      const { out } = await command('', how);
      return out.split('\n').find((line) => line.includes(' retention-observed ')) ?? '';
    };
    const applied = async (of: Estate): Promise<string> => {
      const objects = await stackObjects(of, 'forgejo');
      const maps = objects.filter(({ kind }) => kind === 'ConfigMap');
      expect(maps).not.toEqual([]);
      await applyObjects(lab.kubernetes, maps);
      return said();
    };
    expect(await applied(withMode('observe'))).toMatch(
      /^fault +evidence .* too old, got 59 d of at most 30; /,
    );
    expect(await applied(subject)).toMatch(/^well +evidence .* measured 59 d ago$/);
    expect(await said('away')).toMatch(/^unasked +evidence .*get configmaps/);
    await applied(withMode('observe'));
  });

  it('says what it could not ask, and is not well then', async () => {
    const away = await command('', { cluster: 'away' });
    expect([away.code, faults(away)]).toEqual([
      1,
      [expect.stringMatching(/^unasked +pull secret .*kubectl/)],
    ]);
    const nowhere = await command('', { forgejo: 'http://127.0.0.1:1' });
    expect(nowhere.code).toBe(1);
    expect(faults(nowhere)).toEqual([expect.stringMatching(/^unasked +forgejo .*ECONNREFUSED/)]);
  }, 120_000);

  it('names a secret that pipelines are given and Woodpecker does not have', async () => {
    const [needed] = neededSecrets(estate);
    const name = needed?.name ?? '';
    const client = new WoodpeckerSecrets({ url: woodpecker.url, token: woodpecker.token, scope: 'global' });
    const secret = { name, value: 'canary-of-preflight', images: [], note: '' };
    await client.put({ ...secret, events: ['push'] }, true);
    const kept = await command();
    await client.remove(name);
    const gone = await command();
    await client.put({ ...secret, events: ['push', 'manual', 'cron', 'pull_request'] }, false);
    const away = await command('', { woodpecker: 'http://127.0.0.1:1' });
    const { apiToken } = estate.woodpecker.secretSync;
    await set(apiToken.path, { [apiToken.key]: woodpecker.memberToken });
    const member = await command();
    await set(apiToken.path, { [apiToken.key]: woodpecker.token });

    expect([kept, gone, away, member].map(({ code }) => code)).toEqual([2, 2, 1, 2]);
    expect([kept, gone, away, member].map((called) => faults(called))).toEqual([
      [
        expect.stringMatching(
          new RegExp(`^fault +ci secret +${name} .*kept from their events, got no manual`),
        ),
      ],
      [
        expect.stringMatching(
          new RegExp(`^fault +ci secret +${name} .*is not there, got none; put it where`),
        ),
      ],
      [expect.stringMatching(/^unasked +ci secret .*ECONNREFUSED/)],
      [
        expect.stringMatching(
          /^fault +token +API token of the secret sync .*write none, got a login that is no/,
        ),
      ],
    ]);
  }, 120_000);

  it('names a Forgejo that is none', async () => {
    const called = await command('', { forgejo: lab.vault.url });
    expect([called.code, faults(called)]).toEqual([
      2,
      [
        expect.stringMatching(
          /^fault +forgejo .*got no version; correct estate\.forgejo\.host, or --forgejo$/,
        ),
      ],
    ]);
  });

  it('works with a token that reads data alone, and names the path that one may not read', async () => {
    const policy = 'path "secret/data/*" { capabilities = ["read"] }'.replace('secret', lab.vault.mount);
    const tokenOf = async (name: string, rules: string): Promise<string> => {
      await mustSucceed(lab.vault, {
        ...{ method: 'POST', path: `sys/policies/acl/${name}`, body: { policy: rules } },
      });
      const made = await mustSucceed(lab.vault, {
        ...{ method: 'POST', path: 'auth/token/create', body: { policies: [name] } },
      });
      return (made as { auth: { client_token: string } }).auth.client_token;
    };
    const reader = { environment: { VAULT_TOKEN: await tokenOf('reads-data', policy) } };
    expect((await command('', reader)).code).toBe(0);
    const narrow = `${policy}\npath "${lab.vault.mount}/data/infra" { capabilities = ["deny"] }`;
    const called = await command('', {
      environment: { VAULT_TOKEN: await tokenOf('reads-some', narrow) },
    });
    expect(called.code).toBe(2);
    expect([...new Set(faults(called).map((line) => line.replace(/^.*may not/, 'may not')))]).toEqual([
      'may not be read, got 403; use a token whose policy reads secret/data/infra',
    ]);
  });

  itOnOwnVault(
    'names a Vault that is sealed, and has printed no secret in all of this',
    async () => {
      const secrets = await Promise.all(Object.values(tokens).map(({ vault }) => valueAt(vault)));
      await mustSucceed(lab.vault, { method: 'POST', path: 'sys/seal' });
      const called = await command();
      expect([called.code, faults(called)[0]]).toEqual([
        2,
        expect.stringMatching(
          /^fault +vault .*it is sealed or not initialized, got 503; vault operator unseal$/,
        ),
      ]);
      const canaries = [...secrets, lab.vault.token, admin.password, 'canary-of-preflight', 'f00df00d'];
      expect(canaries.filter((canary) => printed.includes(canary))).toEqual([]);
    },
    120_000,
  );
});
