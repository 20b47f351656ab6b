import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { bootstrap } from '../../commands/bootstrap';
import { RegistryClient } from '../../clients/oci/client';
import type { Estate } from '../../estate/estate';
import { startLab, type Lab } from '../../lab/runs/lab';
import type { ForgeUser } from '../../lab/servers/forge-administration';
import { findTool } from '../../lab/programs/find-tool';
import { run, type Ran } from '../../terminal/run';
import { call, type Called } from '../support/call';
import { InterceptingProxy, type Interception } from '../support/intercepting-proxy';
import { pushImage } from '../support/push-image';
import { strideOver } from '../support/stride';
import { credentialsEstate } from './credentials-estate';
import { describeLab, itOnOwn } from './describe-lab';
import { execInPod, writeKubectl } from './forge-in-pod';
import { SecondFactor } from './second-factor';

const itOnOwnForge = itOnOwn('forge');

describeLab('./registry bootstrap', () => {
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

  interface Change {
    readonly now?: () => number;
    readonly environment?: Readonly<Record<string, string | undefined>>;
    readonly forgejo?: string;
    readonly mount?: string;
  }
  /** Everything that was ever printed, in which no secret may stand. */
  let printed = '';
  const command = async (estate: Estate, line: string, change: Change = {}): Promise<Called> => {
    const { now } = change;
    const means = { run: inPod, mount: change.mount ?? lab.vault.mount, ...(now ? { now } : {}) };
    const environment = {
      ...{ FORGEJO_ADMIN_USER: admin.name, FORGEJO_ADMIN_PASSWORD: admin.password },
      ...{ VAULT_ADDR: vaultProxy.url, VAULT_TOKEN: lab.vault.token, ...change.environment },
    };
    const args = ['bootstrap', ...line.split(' '), '--forgejo', change.forgejo ?? forgejoProxy.url];
    const called = await call(args, { environment, verbs: [bootstrap(() => estate, means)] });
    printed += called.out + called.err;
    return called;
  };
  /** The lines of what was changed. */
  const apply = async (estate: Estate, line = '', change: Change = {}): Promise<string[]> => {
    const { code, err } = await command(estate, `apply ${line}`.trim(), change);
    expect([code, code === 0 ? '' : err]).toEqual([0, '']);
    return err.split('\n').filter((text) => text !== '');
  };
  /** The password that the cluster's copies of the pull Secret have; undefined for a cluster that is away. */
  let copied: string | undefined;
  const inPod: ReturnType<typeof execInPod> = (asked) => {
    if (asked.args.includes('namespaces') || asked.args.includes('secrets')) {
      const auths = { 'forgejo.lab': { username: 'puller', password: copied } };
      const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
      const metadata = { name: asked.args.includes('secrets') ? 'registry-credentials' : 'app' };
      const stdout = JSON.stringify({ items: [{ metadata: { ...metadata, namespace: 'app' }, data }] });
      return Promise.resolve({ code: copied === undefined ? 1 : 0, stdout, stderr: 'refused' });
    }
    // Words of a child's command line stand in the list of processes.
    printed += asked.args.join(' ');
    return execInPod(lab.forge)(asked);
  };
  const stored = async ({ forgejo }: Estate): Promise<Record<string, string>> => {
    const { body } = await lab.vault.request({
      path: `${lab.vault.mount}/data/${forgejo.packages.owner}`,
    });
    return (body as { data: { data: Record<string, string> } }).data.data;
  };
  const valueOf = async (estate: Estate, duty: 'pull' | 'push' | 'delete'): Promise<string> =>
    (await stored(estate))[estate.tokens[duty].vault.key] ?? '';
  const basic = (user: string, secret: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
  });
  const login = (user: string, secret: string): Promise<Response> =>
    fetch(`${lab.forge.url}/v2/token?service=container_registry`, { headers: basic(user, secret) });
  const pull = async (estate: Estate, secret: string): Promise<number> => {
    const { token } = (await (await login(estate.tokens.pull.owner, secret)).json()) as { token: string };
    const response = await fetch(`${lab.forge.url}/v2/${estate.forgejo.packages.owner}/app/manifests/1`, {
      headers: { authorization: `Bearer ${token}`, accept: '*/*' },
    });
    return response.status;
  };
  const push = async (estate: Estate): Promise<void> => {
    const credentials = {
      username: estate.tokens.push.owner,
      password: await valueOf(estate, 'push'),
    };
    const target = new RegistryClient({ url: lab.forge.url, credentials });
    await pushImage(target, `${estate.forgejo.packages.owner}/app`, 'app', '1');
  };
  const tokenNames = async (estate: Estate): Promise<string[]> => {
    const owners = [...new Set(Object.values(estate.tokens).map(({ owner }) => owner))];
    const names = owners.map(async (owner) => {
      const url = `${lab.forge.url}/api/v1/users/${owner}/tokens`;
      const response = await fetch(url, { headers: basic(admin.name, admin.password) });
      return ((await response.json()) as { name: string }[]).map(({ name }) => name);
    });
    return (await Promise.all(names)).flat().sort();
  };
  /** One whose packages belong to a person, with the person. */
  const estateAndOwner = async (
    visibility: 'public' | 'limited' = 'limited',
  ): Promise<readonly [Estate, ForgeUser]> => {
    let made: ForgeUser | undefined;
    const createUser = async (props: { readonly name: string }): Promise<ForgeUser> =>
      (made = await lab.forge.createUser({ ...props, visibility }));
    const estate = await credentialsEstate({ createUser }, 'user');
    if (made === undefined) throw new Error('no person was made');
    return [estate, made];
  };
  const rename = async (name: string, to: string): Promise<void> => {
    await fetch(`${lab.forge.url}/api/v1/admin/users/${name}/rename`, {
      ...{ method: 'POST', body: JSON.stringify({ new_username: to }) },
      headers: { ...basic(admin.name, admin.password), 'content-type': 'application/json' },
    });
  };
  const estateOf = (kind: 'user' | 'organization'): Promise<Estate> => credentialsEstate(lab.forge, kind);
  const firstGeneration = ['registry-delete-1', 'registry-pull-1', 'registry-push-1'];

  it.each(['user', 'organization'] as const)(
    'goes from nothing to a pushed and pulled image of a %s, and then has nothing to do',
    async (kind) => {
      const estate = await estateOf(kind);
      await lab.vault.request({
        ...{ method: 'POST', path: `${lab.vault.mount}/data/${estate.forgejo.packages.owner}` },
        body: { data: { other: 'stays' } },
      });
      const planned = await command(estate, 'plan');
      expect([planned.code, planned.err]).toEqual([2, '']);
      expect(await tokenNames(estate).catch(() => [])).toEqual([]);
      const done = await apply(estate);
      expect(done).toHaveLength(planned.out.split('\n').filter((line) => line.startsWith('to do')).length);
      expect((await stored(estate))['other']).toBe('stays');
      await push(estate);
      expect(await pull(estate, await valueOf(estate, 'pull'))).toBe(200);
      expect(await apply(estate)).toEqual([]);
      expect((await command(estate, 'plan')).code).toBe(0);
    },
  );

  it('ended after any of its requests, it comes to the same end when it is run again', async () => {
    const whole = await estateOf('organization');
    const asked: string[] = [];
    const note = (request: string): undefined => void asked.push(request);
    forgejoProxy.intercept = note;
    vaultProxy.intercept = note;
    await apply(whole);
    // A read whose answer is lost leaves what the change before it left, so each change is a place to end at.
    const changes = asked.flatMap((request, at) => (request.startsWith('GET ') ? [] : [at + 1]));
    expect(changes.length).toBeGreaterThan(12);
    for (const survived of strideOver(changes)) {
      const one = await estateOf('organization');
      let seen = 0;
      // The request is carried out and its answer lost, as when the program is killed while it waits.
      const lose = (): Interception => {
        seen += 1;
        if (seen > survived) return { status: 418 };
        return seen === survived ? { rewrite: () => Buffer.from('cut') } : undefined;
      };
      forgejoProxy.intercept = lose;
      vaultProxy.intercept = lose;
      expect((await command(one, 'apply')).code).not.toBe(2);
      forgejoProxy.intercept = () => undefined;
      vaultProxy.intercept = () => undefined;
      await apply(one);
      expect(await tokenNames(one)).toEqual(firstGeneration);
      expect(Object.keys(await stored(one))).toHaveLength(3);
    }
  }, 900_000);

  it('rotates a token without one failed pull, and deletes the old one when the overlap is over', async () => {
    const estate = await estateOf('user');
    await apply(estate);
    const first = await valueOf(estate, 'pull');
    await push(estate);
    const statuses: number[] = [];
    let pulling = true as boolean;
    const loop = (async () => {
      // As a kubelet does: with the login that the Secret had some time ago.
      for (let secret = first; pulling; secret = await valueOf(estate, 'pull'))
        for (let turn = 0; turn < 3; turn += 1) statuses.push(await pull(estate, secret));
    })();
    await apply(estate, '--rotate pull');
    expect(await apply(estate, '--rotate pull')).toEqual([]);
    expect(await tokenNames(estate)).toEqual([...firstGeneration, 'registry-pull-2'].sort());
    pulling = false;
    await loop;
    expect(new Set(statuses)).toEqual(new Set([200]));
    // A clock here that is days ahead ends no overlap.
    const ahead = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 5 * 24 * 3_600_000);
    expect(
      await apply(estate).finally(() => {
        ahead.mockRestore();
      }),
    ).toEqual([]);
    expect((await login(estate.tokens.pull.owner, first)).status).toBe(200);
    const later = { now: () => Date.now() + 48 * 3_600_000 };
    for (const behind of [undefined, first]) {
      copied = behind;
      expect(await apply(estate, '', later)).toEqual([]);
      expect((await login(estate.tokens.pull.owner, first)).status).toBe(200);
    }
    copied = await valueOf(estate, 'pull');
    expect(await apply(estate, '', later)).toEqual([expect.stringContaining('delete registry-pull-1')]);
    expect(await pull(estate, await valueOf(estate, 'pull'))).toBe(200);
    expect((await login(estate.tokens.pull.owner, first)).status).toBe(401);
  });

  itOnOwnForge(
    'needs no password where it goes through the pod, and leaves no administrator behind',
    async () => {
      const estate = await estateOf('user');
      const nobody = { FORGEJO_ADMIN_USER: '', FORGEJO_ADMIN_PASSWORD: '' };
      const create = ['admin', 'user', 'create', '--admin', '--username', 'registry-bootstrap'];
      const left = [...create, '--email', 'left@lab.invalid', '--password', 'Left-behind-1'].join(' ');
      await inPod({ args: [`forgejo ${left}`] });
      await apply(estate, '--through-pod', { environment: nobody });
      await push(estate);
      expect(await pull(estate, await valueOf(estate, 'pull'))).toBe(200);
      const { stdout } = await inPod({ args: ['forgejo admin user list'] });
      expect(stdout).not.toContain('registry-bootstrap');
      const unowned = await estateOf('organization');
      const refused = await command(unowned, 'apply --through-pod', { environment: nobody });
      expect([refused.code, refused.err]).toEqual([
        3,
        expect.stringContaining('create it in the web interface as the person who is to own it'),
      ]);
    },
  );

  describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stopped by %s', (signal) => {
    itOnOwnForge(
      'takes away the administrator that it made',
      async () => {
        const folder = mkdtempSync(join(tmpdir(), 'interrupted-'));
        writeKubectl(lab.forge, folder);
        const reached = new Promise<void>((resolve) => {
          forgejoProxy.intercept = () => {
            resolve();
            return new Promise(() => undefined);
          };
        });
        const { env } = lab.forge.commandLine;
        const access = { VAULT_ADDR: vaultProxy.url, VAULT_TOKEN: lab.vault.token };
        const child = spawn(
          join(__dirname, '..', '..', 'registry'),
          ['bootstrap', 'apply', '--through-pod', '--forgejo', forgejoProxy.url],
          {
            detached: true,
            stdio: 'ignore',
            env: { ...env, ...access, PATH: `${folder}:${env['PATH'] ?? ''}` },
          },
        );
        await reached;
        expect((await inPod({ args: ['forgejo admin user list'] })).stdout).toContain('registry-bootstrap');
        process.kill(-(child.pid ?? 0), signal);
        const [code] = (await once(child, 'close')) as [number | null];
        expect(code).not.toBe(0);
        expect((await inPod({ args: ['forgejo admin user list'] })).stdout).not.toContain(
          'registry-bootstrap',
        );
        rmSync(folder, { recursive: true });
      },
      60_000,
    );
  });

  /** What a person without an administrator's password is told to type. */
  const linesOf = async (estate: Estate): Promise<readonly string[]> => {
    const { err } = await command(estate, 'plan', { environment: { FORGEJO_ADMIN_PASSWORD: 'wrong' } });
    return err
      .split('\n')
      .filter((line) => /^(kubectl|token=)/.test(line))
      .map((line) => line.replaceAll('-mount=secret', `-mount=${lab.vault.mount}`));
  };
  const type = async (line: string, pod: string): Promise<Ran> => {
    const folder = mkdtempSync(join(tmpdir(), 'by-hand-'));
    writeKubectl(lab.forge, folder, pod);
    symlinkSync((await findTool('vault')).path, join(folder, 'vault'));
    const { env } = lab.forge.commandLine;
    const access = { VAULT_ADDR: lab.vault.url, VAULT_TOKEN: lab.vault.token };
    try {
      return await run('sh', ['-c', line], {
        env: { ...env, ...access, PATH: `${folder}:${env['PATH'] ?? ''}` },
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  itOnOwnForge('prints lines that lose no token where nothing was ever stored', async () => {
    const estate = await estateOf('user');
    for (const line of await linesOf(estate)) {
      const { code, stderr } = await type(line, 'eval "$last"');
      expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    }
    await push(estate);
    expect(await pull(estate, await valueOf(estate, 'pull'))).toBe(200);
  });

  itOnOwnForge(
    'prints lines that do the same when they are typed, and never store what a log said',
    async () => {
      const estate = await estateOf('user');
      const path = `${lab.vault.mount}/data/${estate.forgejo.packages.owner}`;
      await lab.vault.request({ method: 'POST', path, body: { data: { other: 'stays' } } });
      const lines = await linesOf(estate);
      expect(lines).toHaveLength(4);
      for (const pod of ['echo "a line of the log"', 'true', `printf '%040d\\n%040d\\n' 1 2`]) {
        const outcome = await type(lines[1] ?? '', pod);
        expect([outcome.code === 0, await stored(estate)]).toEqual([false, { other: 'stays' }]);
      }
      for (const line of lines) {
        const { code, stdout, stderr } = await type(line, 'echo "a line of the log"\neval "$last"');
        expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
        expect(stdout).not.toMatch(/[0-9a-f]{40}|password/);
      }
      expect((await stored(estate))['other']).toBe('stays');
      await push(estate);
      expect(await pull(estate, await valueOf(estate, 'pull'))).toBe(200);
      expect(await apply(estate)).toEqual(Array(3).fill(expect.stringContaining('note that registry-')));
    },
  );

  itOnOwnForge('refuses an administrator who must change the password', async () => {
    const named = ['--username', 'fresh', '--email', 'fresh@lab.invalid', '--password', 'Fresh-password-1'];
    const create = ['admin', 'user', 'create', '--admin', '--must-change-password=true', ...named];
    await inPod({ args: [`forgejo ${create.join(' ')}`] });
    const fresh = { FORGEJO_ADMIN_USER: 'fresh', FORGEJO_ADMIN_PASSWORD: 'Fresh-password-1' };
    const { code, err } = await command(await estateOf('user'), 'plan', { environment: fresh });
    expect([code, err]).toEqual([3, expect.stringMatching(/may not act, got 403; .*--through-pod/)]);
  });

  it('wants the one-time password of an administrator who has a second factor, and says so', async () => {
    const careful = await lab.forge.createAdministrator('careful');
    const code = await (await SecondFactor.logIn(lab.forge.url, careful)).takeOneTimePasswords();
    const estate = await estateOf('user');
    const as = (FORGEJO_ADMIN_OTP?: string): Promise<Called> => {
      const login = { FORGEJO_ADMIN_USER: careful.name, FORGEJO_ADMIN_PASSWORD: careful.password };
      return command(estate, 'plan', { environment: { ...login, FORGEJO_ADMIN_OTP } });
    };
    for (const refused of [await as(), await as('000000')])
      expect([refused.code, refused.err]).toEqual([3, expect.stringMatching(/got 401; .*FORGEJO_ADMIN_OTP/)]);
    const { code: planned, err } = await as(code());
    expect([planned, err]).toEqual([2, '']);
  });

  it('says to go through the pod where an administrator has a security key', async () => {
    const keyed = await lab.forge.createAdministrator('keyed');
    await (await SecondFactor.logIn(lab.forge.url, keyed)).takeSecurityKey();
    const environment = { FORGEJO_ADMIN_USER: keyed.name, FORGEJO_ADMIN_PASSWORD: keyed.password };
    const { code, err } = await command(await estateOf('user'), 'plan', { environment });
    expect([code, err]).toEqual([3, expect.stringMatching(/got 401; .*security key.*use --through-pod/)]);
  });

  it('needs no second factor of the owner, and neither do the tokens that it issues', async () => {
    for (const take of ['takeOneTimePasswords', 'takeSecurityKey'] as const) {
      const [estate, owner] = await estateAndOwner();
      await (await SecondFactor.logIn(lab.forge.url, owner))[take]();
      await apply(estate);
      await push(estate);
      expect(await pull(estate, await valueOf(estate, 'pull'))).toBe(200);
    }
  });

  itOnOwnForge('says what to type where an account must change its password, and then goes on', async () => {
    const estate = await estateOf('user');
    const { owner } = estate.tokens.pull;
    // Forgejo's own default.
    const create = ['admin', 'user', 'create', '--username', owner, '--email', `${owner}@lab.invalid`];
    await inPod({ args: [`forgejo ${[...create, '--random-password'].join(' ')}`] });
    const [first, again] = [await command(estate, 'apply'), await command(estate, 'apply')];
    const line = /log in as it, or kubectl .* -- su git -c '(forgejo admin user must-change-password .*)'/;
    expect([first.code, again.code]).toEqual([1, 3]);
    expect([first.err, again.err]).toEqual([expect.stringMatching(line), expect.stringMatching(line)]);
    await inPod({ args: [line.exec(again.err)?.[1] ?? ''] });
    await apply(estate);
    await push(estate);
    expect(await pull(estate, await valueOf(estate, 'pull'))).toBe(200);
    expect(await tokenNames(estate)).toEqual(firstGeneration);
  });

  it.each(['public', 'limited'] as const)('names an owner that was renamed, a %s one', async (visibility) => {
    const [estate, { name }] = await estateAndOwner(visibility);
    await rename(name, `${name}-now`);
    const { code, err } = await command(estate, 'plan');
    expect(err).toMatch(visibility === 'public' ? `was renamed, got "${name}-now"` : 'renamed');
    expect([code, err]).toEqual([expect.any(Number), expect.not.stringContaining('not active')]);
  });

  it('two at once, and then one, come to the same end', async () => {
    const estate = await estateOf('organization');
    const both = await Promise.all([command(estate, 'apply'), command(estate, 'apply')]);
    expect(both.map(({ err }) => err).join('')).not.toMatch(/TypeError|undefined/);
    await apply(estate);
    expect(await tokenNames(estate)).toEqual(firstGeneration);
    await push(estate);
    expect(await pull(estate, await valueOf(estate, 'pull'))).toBe(200);
    expect(await apply(estate)).toEqual([]);
  });

  it('finds its tokens among more than a page of others', async () => {
    const [estate, owner] = await estateAndOwner();
    await apply(estate);
    for (let made = 0; made < 60; made += 1) await lab.forge.createToken(owner, ['read:user']);
    expect(await apply(estate)).toEqual([]);
  });

  it('answers that are of another shape are told in words, and nothing is changed then', async () => {
    const estate = await estateOf('organization');
    await apply(estate);
    for (const proxy of [forgejoProxy, vaultProxy]) {
      const reads: string[] = [];
      proxy.intercept = (request) => void reads.push(request);
      await command(estate, 'plan');
      // Of each route one.
      const routes = new Map(
        reads.map(
          (asked) => [asked.replace(/(users|orgs|teams|packages|data)\/[^/?]+/, '$1'), asked] as const,
        ),
      );
      for (const spoilt of [...routes.values()].filter((asked) => !asked.includes('page=2')))
        for (const body of ['null', '[null]', '{"data":{}}', '']) {
          let changed = 0;
          const spoil = (asked: string): Interception => {
            changed += asked.startsWith('GET ') ? 0 : 1;
            return asked === spoilt ? { rewrite: () => Buffer.from(body) } : undefined;
          };
          proxy.intercept = spoil;
          const { code, err } = await command(estate, 'plan');
          expect({ spoilt, body, code, err, changed }).toEqual({
            ...{ spoilt, body, changed: 0, code: expect.any(Number) as unknown },
            err: expect.not.stringMatching(/TypeError|annot read|undefined|not iterable|is not a/) as unknown,
          });
        }
      proxy.intercept = () => undefined;
    }
  }, 300_000);

  it('a list that begins anew on every page ends', async () => {
    const estate = await estateOf('user');
    const page = JSON.stringify([{ name: 'again', token_last_eight: 'deadbeef', scopes: null }]);
    forgejoProxy.intercept = (asked) =>
      asked.includes('/tokens?') ? { status: 200, body: page } : undefined;
    const { code, err } = await command(estate, 'plan');
    expect([code, err]).toEqual([1, expect.stringContaining('the list has more than 200 pages')]);
  }, 60_000);

  it.each<[string, Change, RegExp]>([
    [
      'a wrong administrator, with what to type by hand',
      { environment: { FORGEJO_ADMIN_PASSWORD: 'wrong' } },
      /the administrator is refused, got 401.*--through-pod(.|\n)*generate-access-token.*vault kv patch/,
    ],
    [
      'no administrator',
      { environment: { FORGEJO_ADMIN_PASSWORD: undefined } },
      /^FORGEJO_ADMIN_PASSWORD: is not set, got none; .*--through-pod/,
    ],
    ['an expired Vault token', { environment: { VAULT_TOKEN: 'hvs.expired' } }, /got 403; log in again/],
    ['no Vault token', { environment: { VAULT_TOKEN: undefined } }, /^VAULT_TOKEN: is not set, got none/],
    [
      'a Vault token with a line end',
      { environment: { VAULT_TOKEN: 'hvs.a\nb' } },
      /^VAULT_TOKEN: cannot be sent, got blanks, line ends/,
    ],
    ['a mount that is none', { mount: 'absent' }, /"absent"/],
    ['an address that is none', { environment: { VAULT_ADDR: 'vault.lab' } }, /^VAULT_ADDR: is no URL/],
    [
      'a Vault that is not there',
      { environment: { VAULT_ADDR: 'http://127.0.0.1:1' } },
      /ECONNREFUSED.*VAULT_ADDR/,
    ],
  ])(
    'refuses %s',
    async (_, change, message) => {
      const { code, err } = await command(await estateOf('user'), 'plan', change);
      expect([code, err]).toEqual([3, expect.stringMatching(message)]);
    },
    60_000,
  );

  it('refuses a Vault and a Forgejo that are none', async () => {
    const estate = await estateOf('user');
    const swapped = { environment: { VAULT_ADDR: lab.forge.url }, forgejo: lab.vault.url };
    const { code, err } = await command(estate, 'plan', swapped);
    expect(code).toBe(3);
    expect(err).toMatch(
      /correct estate\.forgejo\.host, or --forgejo\n.*correct VAULT_ADDR if this is no Vault/,
    );
  });

  it('refuses a mount of version 1, an ordinary account, and names that are taken', async () => {
    const estate = await estateOf('organization');
    const { owner } = estate.forgejo.packages;
    const mount = `v1-${owner}`;
    await lab.vault.request({
      ...{ method: 'POST', path: `sys/mounts/${mount}` },
      body: { type: 'kv', options: { version: '1' } },
    });
    const ordinary = await lab.forge.createUser({ name: `${owner}-ordinary` });
    const environment = { FORGEJO_ADMIN_USER: ordinary.name, FORGEJO_ADMIN_PASSWORD: ordinary.password };
    const refused = await command(estate, 'plan', { environment, mount });
    expect(refused.err).toMatch(/no site administrator.*\n.*enable-versioning/);
    await lab.vault.request({ method: 'DELETE', path: `sys/mounts/${mount}` });
    await lab.forge.createUser({ name: owner });
    expect((await command(estate, 'plan')).err).toContain(
      `forgejo organization "${owner}": its name is taken, got an account`,
    );
    const robot = await estateOf('user');
    await fetch(`${lab.forge.url}/api/v1/orgs`, {
      method: 'POST',
      headers: { ...basic(admin.name, admin.password), 'content-type': 'application/json' },
      body: JSON.stringify({ username: robot.tokens.pull.owner }),
    });
    expect((await command(robot, 'plan')).err).toContain('its name is taken, got an organization');
  });

  it('refuses a key that holds no text', async () => {
    const estate = await estateOf('user');
    const { owner } = estate.forgejo.packages;
    const path = `${lab.vault.mount}/data/${owner}`;
    await lab.vault.request({ method: 'POST', path, body: { data: { forgejo_pull_token: { a: 1 } } } });
    expect((await command(estate, 'plan')).err).toContain(
      `vault "${owner}" key "forgejo_pull_token": holds no text, got object`,
    );
  });

  it('shows a one-time password to no one who is redirected to', async () => {
    const stranger = await new InterceptingProxy(lab.forge.url).start();
    const heard: string[] = [];
    stranger.intercept = (_, headers) => {
      heard.push(JSON.stringify(headers));
      return { status: 404 };
    };
    forgejoProxy.intercept = (asked) => ({
      status: 307,
      headers: { location: `${stranger.url}${asked.split(' ')[1] ?? ''}` },
    });
    await command(await estateOf('user'), 'plan', { environment: { FORGEJO_ADMIN_OTP: '314159' } });
    await stranger.stop();
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.join()).not.toMatch(/314159|authorization/i);
  });

  it('has printed no secret in all of this', async () => {
    const estate = await estateOf('user');
    await apply(estate);
    const secrets = [...Object.values(await stored(estate)), admin.password, lab.vault.token, '314159'];
    expect(secrets.filter((secret) => secret.length < 6)).toEqual([]);
    expect(secrets.filter((secret) => printed.includes(secret))).toEqual([]);
    expect(printed).not.toMatch(/\b[0-9a-f]{40}\b/);
  });
});

describeLab('./registry bootstrap on a forge that takes no passwords', () => {
  let lab: Lab<'forge' | 'vault'>;
  beforeAll(async () => {
    lab = await startLab({ forge: { passwords: false }, vault: true });
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  itOnOwnForge('says what to type, and leaves no administrator behind', async () => {
    const estate = await credentialsEstate(lab.forge, 'user');
    const run = execInPod(lab.forge);
    const { code, err } = await call(['bootstrap', 'apply', '--through-pod', '--forgejo', lab.forge.url], {
      environment: { VAULT_ADDR: lab.vault.url, VAULT_TOKEN: lab.vault.token },
      verbs: [bootstrap(() => estate, { run, mount: lab.vault.mount })],
    });
    expect([code, err]).toEqual([
      3,
      expect.stringMatching(/got 401(.|\n)*generate-access-token(.|\n)*vault kv/),
    ]);
    const { stdout } = await run({ args: ['forgejo admin user list'] });
    expect(stdout).not.toContain('registry-bootstrap');
  });
});
