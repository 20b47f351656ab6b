/* eslint jest/no-export: off -- one suite, two servers */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT, type ExitCode } from '../../programs/exit-code';
import type { WoodpeckerSyncConfig } from '../../programs/woodpecker-sync/config';
import { LEDGER } from '../../programs/woodpecker-sync/ledger';
import { run } from '../../programs/woodpecker-sync/sync-run';
import { FakePushgateway } from './fake-pushgateway';
import { FakeWoodpecker } from './fake-woodpecker';
import { InterceptingProxy, type Interception } from './intercepting-proxy';

export interface VaultUnderTest {
  readonly url: string;
  readonly mount: string;
  readonly authMount: string;
  readonly role: string;
  /** The token of the ServiceAccount that the role is bound to. */
  readonly jwt: string;
  /** Sets a path's keys; undefined deletes them. */
  write(path: string, keys: object | undefined): Promise<void> | void;
  stop(): Promise<void>;
}

interface Ran {
  readonly code: ExitCode;
  readonly lines: string;
}

const API_TOKEN = 'woodpecker_api_token';

/** What the sync promises beside any Vault. Woodpecker is the fake that its own contract holds. */
export function syncContract(name: string, start: () => Promise<VaultUnderTest>): void {
  describe(`the sync of secrets from ${name}`, () => {
    let vault: VaultUnderTest;
    let proxy: InterceptingProxy;
    let woodpecker: FakeWoodpecker;
    let pushgateway: FakePushgateway;
    beforeAll(async () => {
      vault = await start();
    }, 1_800_000);
    afterAll(() => vault.stop());
    beforeEach(async () => {
      proxy = await new InterceptingProxy(vault.url).start();
      woodpecker = await new FakeWoodpecker().start();
      pushgateway = await new FakePushgateway().start();
      await vault.write('ci/app', undefined);
      await holds({ user: 'viktor', token: 'canary-of-a-token' });
    });
    afterEach(async () => {
      await Promise.all([proxy.stop(), woodpecker.stop(), pushgateway.stop()]);
    });

    const holds = async (keys: object): Promise<void> =>
      vault.write('ci/global', { [API_TOKEN]: woodpecker.token, ...keys });
    const sync = async (
      change: Partial<WoodpeckerSyncConfig> = {},
      jwt = vault.jwt,
      signal = new AbortController().signal,
    ): Promise<Ran> => {
      const lines: string[] = [];
      const code = await run({
        config: {
          ...{ vaultUrl: proxy.url, vaultAuthMount: vault.authMount, vaultRole: vault.role },
          ...{ vaultMount: vault.mount, woodpeckerUrl: woodpecker.url, instance: 'ci.example.org' },
          ...{ apiTokenPath: 'ci/global', apiTokenKey: API_TOKEN, globalPath: 'ci/global' },
          ...{ repositories: [], events: ['push', 'tag'], filters: [], deadlineSeconds: 60 },
          pushgatewayUrl: pushgateway.url,
          ...change,
        },
        ...{ jwt, signal, print: (line) => lines.push(line) },
        patience: { retries: 1, retryDelayMs: 1 },
      });
      return { code, lines: lines.join('\n') };
    };
    const values = (scope = ''): Record<string, string> =>
      Object.fromEntries(
        woodpecker
          .secrets(scope)
          .filter((secret) => secret.name !== LEDGER)
          .map((secret) => [secret.name, secret.value]),
      );
    const metric = (of: string, scope?: string): number => {
      const line = pushgateway
        .metrics()
        .split('\n')
        .find(
          (each) =>
            each.startsWith(`woodpecker_secret_sync_${of}{`) &&
            (scope === undefined || each.includes(`scope="${scope}"`)),
        );
      return Number(line?.split(' ').at(-1) ?? Number.NaN);
    };
    /** Answers so to the first request that matches. */
    const once = (pattern: RegExp, status: number): void => {
      let done = false;
      woodpecker.intercept = (asked, response) => {
        if (done || !pattern.test(asked)) return false;
        done = true;
        response.writeHead(status, { 'content-type': 'text/plain' }).end('canary-of-a-token');
        return true;
      };
    };

    it('makes every key but its own token a secret, with the events and filters that it is told', async () => {
      await holds({ user: 'viktor', token: 'a "quote", a\nbreak and ${HOME}' });
      const images = ['docker.io/woodpeckerci/plugin-docker-buildx'];

      const { code } = await sync({ filters: [{ secret: 'token', images, events: ['push'] }] });

      expect(code).toBe(EXIT.done);
      expect(values()).toEqual({ user: 'viktor', token: 'a "quote", a\nbreak and ${HOME}' });
      expect(woodpecker.secrets().map((each) => [each.name, each.events, each.images.length])).toEqual([
        ['token', ['push'], 1],
        ['user', ['push', 'tag'], 0],
        [LEDGER, ['manual'], 2],
      ]);
      expect([metric('success'), metric('written', 'global')]).toEqual([1, 2]);
      expect(metric('last_success_timestamp_seconds')).toBeGreaterThan(0);
    });

    it('run again it makes nothing and keeps each id; a changed value and filter arrive', async () => {
      await sync({ filters: [{ secret: 'user', images: ['plugin'] }] });
      const before = woodpecker.secrets();
      woodpecker.requests.length = 0;
      await holds({ user: 'viktor', token: 'rotated' });

      expect(await sync()).toMatchObject({ code: EXIT.done });

      expect(woodpecker.requests.filter((asked) => asked.startsWith('POST'))).toEqual([]);
      expect(woodpecker.secrets().map(({ id }) => id)).toEqual(before.map(({ id }) => id));
      expect(values()).toEqual({ user: 'viktor', token: 'rotated' });
      expect(woodpecker.secrets().find((each) => each.name === 'user')?.images).toEqual([]);
    });

    it('takes over what its predecessor wrote, and leaves what it never wrote', async () => {
      woodpecker.add('token', 'of the predecessor');
      woodpecker.add('by_hand', 'a person’s');

      await sync();

      expect(values()).toEqual({ user: 'viktor', token: 'canary-of-a-token', by_hand: 'a person’s' });
    });

    it('removes what Vault has no more, if it wrote it', async () => {
      await holds({ user: 'viktor', token: 'x', third: 'y' });
      woodpecker.add('by_hand', 'a person’s');
      await sync();
      await holds({ user: 'viktor', token: 'x' });

      expect(await sync()).toMatchObject({ code: EXIT.done });

      expect(Object.keys(values()).sort()).toEqual(['by_hand', 'token', 'user']);
      expect(metric('removed', 'global')).toBe(1);
    });

    it('leaves a secret that a person made again under a name that it wrote', async () => {
      await holds({ user: 'viktor', token: 'x', third: 'y' });
      await sync();
      woodpecker.remove('third');
      woodpecker.add('third', 'a person’s');
      await holds({ user: 'viktor', token: 'x' });

      await sync();

      expect(values()).toMatchObject({ third: 'a person’s' });
    });

    it('removes nothing when most of what it wrote is gone at once, as after a put in the place of a patch', async () => {
      await holds({ user: 'viktor', token: 'x', third: 'y' });
      await sync();
      await holds({ another: 'z' });

      const { code, lines } = await sync();

      expect(code).toBe(EXIT.failed);
      expect(lines).toContain('third, token, user: not removed, for Vault lacks 3 of the 4 secrets');
      expect(Object.keys(values())).toEqual(['third', 'token', 'user', 'another']);
      await holds({ user: 'viktor', token: 'x', third: 'y' });
      expect(await sync()).toMatchObject({ code: EXIT.done });
      expect(Object.keys(values())).toEqual(['third', 'token', 'user']);
    });

    it.each([
      ['is gone', undefined],
      ['has its own token alone', {}],
    ])('refuses when the path %s', async (_, keys) => {
      await sync();
      if (keys === undefined) await vault.write('ci/global', undefined);
      else await holds(keys);

      const { code, lines } = await sync();

      expect(code).toBe(EXIT.refused);
      expect(lines).toMatch(
        keys === undefined ? /no API token of Woodpecker, got nothing at .*key "/ : /got no keys at/,
      );
      expect(Object.keys(values())).toEqual(['token', 'user']);
      expect(metric('success')).toBe(0);
    });

    it.each([
      ['a number', 12, 'is no text, got number'],
      ['null', null, 'is no text, got null'],
      ['an object', { a: 1 }, 'is no text, got object'],
      ['the empty text', '', 'is empty'],
    ])('leaves a key that is %s, keeps its secret, and writes the others', async (_, wrong, said) => {
      await holds({ user: 'viktor', token: 'x', third: 'y' });
      await sync();
      await holds({ user: wrong, token: 'rotated', third: 'y' });

      const { code, lines } = await sync();

      expect(code).toBe(EXIT.failed);
      expect(lines).toContain(`global: ${vault.mount}/ci/global: the key "user" ${said}`);
      expect(values()).toEqual({ user: 'viktor', token: 'rotated', third: 'y' });
      expect(metric('failures', 'global')).toBe(1);
    });

    it.each(['..', '.', 'a/b', 'a b', LEDGER])(
      'leaves the key "%s", which is no name of a secret',
      async (key) => {
        await holds({ user: 'viktor', [key]: 'x' });

        const { code, lines } = await sync();

        expect(code).toBe(EXIT.failed);
        expect(lines).toContain(`the key "${key}"`);
        expect(values()).toEqual({ user: 'viktor' });
        expect(new Set(woodpecker.requests.map((asked) => asked.split('?')[0]))).toEqual(
          new Set(['GET /api/secrets', 'POST /api/secrets']),
        );
      },
    );

    it('says whose the API token has to be, where the server lets it list and not write', async () => {
      await holds({ [API_TOKEN]: woodpecker.memberToken, user: 'viktor' });

      const { code, lines } = await sync();

      expect(code).toBe(EXIT.failed);
      expect(lines).toContain(
        "user: refused, got 403; put an administrator's API token into Vault, for the one there is none's: docs/runbooks/ci-secrets.md",
      );
    });

    it('leaves keys that differ by case alone, of which pipelines are given either one', async () => {
      await holds({ user: 'viktor', token: 'x', TOKEN: 'y' });

      const { code, lines } = await sync();

      expect(code).toBe(EXIT.failed);
      expect(lines).toContain('the key "token" is "TOKEN" too, for pipelines read no case');
      expect([values(), metric('failures', 'global')]).toEqual([{ user: 'viktor' }, 2]);
    });

    it('writes a repository’s own secrets from its own path, and names those that hide a global one', async () => {
      await vault.write('ci/app', { ssh_key: 'k', user: 'its own' });
      woodpecker.add('token', 'stale', '/repos/2');
      woodpecker.add('USER', 'stale', '/repos/1');
      const repositories = [
        { name: 'app', id: 1, path: 'ci/app' },
        { name: 'old', id: 2 },
      ];

      const { code, lines } = await sync({ repositories });

      expect(code).toBe(EXIT.done);
      expect(values('/repos/1')).toEqual({ ssh_key: 'k', user: 'its own', USER: 'stale' });
      expect(values('/repos/2')).toEqual({ token: 'stale' });
      expect(lines).toContain('old: its own secret "token" hides the global one from its pipelines');
      expect(lines).toContain(
        'app: its own secret "USER" and the global "user" are one name to its pipelines',
      );
      expect([metric('shadows', 'app'), metric('shadows', 'old')]).toEqual([1, 1]);
    });

    it('names what hides a global one from all: another spelling beside it, and a secret of the repositories’ owner', async () => {
      woodpecker.add('TOKEN', 'stale');
      woodpecker.add('user', 'stale', '/orgs/7');
      woodpecker.add('own', 'a person’s', '/orgs/7');
      const repositories = [
        { name: 'app', id: 1 },
        { name: 'old', id: 2 },
      ];

      const { code, lines } = await sync({ repositories });

      expect(code).toBe(EXIT.done);
      expect(values()).toEqual({ TOKEN: 'stale', user: 'viktor', token: 'canary-of-a-token' });
      expect(lines.split('\n').filter((line) => line.includes('secret "'))).toEqual([
        'global: its own secret "TOKEN" and the global "token" are one name to its pipelines',
        'owner viktor: its own secret "user" hides the global one from its pipelines',
      ]);
      expect([metric('shadows', 'global'), metric('shadows', 'owner viktor')]).toEqual([1, 1]);
    });

    it('a key that is spelled otherwise in Vault hides nothing, for the old one goes', async () => {
      await holds({ user: 'viktor', TOKEN: 'x' });
      await sync();
      await holds({ user: 'viktor', token: 'x' });

      expect(await sync()).toMatchObject({ code: EXIT.done });
      expect([values(), metric('shadows', 'global')]).toEqual([{ user: 'viktor', token: 'x' }, 0]);
    });

    it('counts what fails by repository, and does the rest', async () => {
      await vault.write('ci/app', { ssh_key: 'k' });
      const repositories = [
        { name: 'gone', id: 9 },
        { name: 'unknown', id: 3, path: 'ci/unknown' },
        { name: 'app', id: 1, path: 'ci/app' },
      ];

      const { code, lines } = await sync({ repositories });

      expect(code).toBe(EXIT.failed);
      expect(lines).toMatch(/^gone: GET http.*\/api\/repos\/9: refused, got 404/m);
      expect(lines).toMatch(/^unknown: woodpecker sync: .*got no keys at .*ci\/unknown/m);
      expect(values('/repos/1')).toEqual({ ssh_key: 'k' });
      expect(['global', 'gone', 'unknown', 'app'].map((scope) => metric('failures', scope))).toEqual([
        0, 1, 1, 0,
      ]);
    });

    it.each([500, 502, 429, 404, 418])(
      'a call that is answered %i once is made good by this run or the next',
      async (status) => {
        await sync();
        const calls = woodpecker.requests.length;
        for (let call = 0; call < calls; call += 1) {
          woodpecker.remove(LEDGER);
          woodpecker.remove('user');
          await holds({ user: 'viktor', token: `value-${call}` });
          let made = 0;
          woodpecker.intercept = (_, response) => {
            if (made++ !== call) return false;
            response.writeHead(status, { 'content-type': 'text/plain' }).end('value-');
            return true;
          };
          const first = await sync();
          woodpecker.intercept = () => false;
          expect([EXIT.done, EXIT.failed]).toContain(first.code);
          expect(metric('success')).toBe(first.code === EXIT.done ? 1 : 0);
          const last = first.code === EXIT.done ? first : await sync();
          expect(last.code).toBe(EXIT.done);
          expect(values()).toEqual({ user: 'viktor', token: `value-${call}` });
          expect(woodpecker.secrets().find((each) => each.name === LEDGER)?.images).toHaveLength(2);
        }
      },
    );

    it.each([401, 403])(
      'a token that is answered %i is refused, and nothing is tried with it again',
      async (status) => {
        woodpecker.intercept = (_, response) => {
          response.writeHead(status).end();
          return true;
        };

        const { code, lines } = await sync({ repositories: [{ name: 'app', id: 1 }] });

        expect(code).toBe(EXIT.refused);
        expect(lines).toContain(`/api/secrets: refused, got ${status}`);
        expect(woodpecker.requests).toEqual(['GET /api/secrets']);
      },
    );

    it('a lost answer to a POST is no second secret and no failure', async () => {
      let lost = false;
      woodpecker.intercept = (asked, response) => {
        if (lost || asked !== 'POST /api/secrets') return false;
        lost = true;
        woodpecker.add('user', 'viktor');
        response.destroy();
        return true;
      };

      expect(await sync()).toMatchObject({ code: EXIT.done });

      expect(woodpecker.secrets().filter((each) => each.name === 'user')).toHaveLength(1);
    });

    it('tells no secret, whatever a server says of it', async () => {
      for (const pattern of [/^POST/, /^PATCH/, /^DELETE/]) {
        once(pattern, 422);
        const { lines } = await sync();
        expect(lines).not.toMatch(/canary|woodpecker-administrator/);
      }
      expect(pushgateway.pushes.map(({ body }) => body).join('')).not.toMatch(/canary/);
    });

    it.each([
      [
        'a role that is not there',
        { vaultRole: 'nobody' },
        undefined,
        /role "nobody" is not there or refuses/,
      ],
      [
        'a ServiceAccount that the role is not bound to',
        {},
        'another',
        /refuses this ServiceAccount, got 403; apply/,
      ],
      ['a mount that is none', { vaultAuthMount: 'nowhere' }, undefined, /\/v1\/auth\/nowhere\/login: /],
      ['a path that it may not read', { globalPath: 'other', apiTokenPath: 'other' }, undefined, /other/],
    ])('is refused with %s', async (_, change, jwt, said) => {
      const { code, lines } = await sync(change, jwt);

      expect(code).toBe(EXIT.refused);
      expect(lines).toMatch(said);
      expect(woodpecker.requests).toEqual([]);
      expect(metric('success')).toBe(0);
    });

    it.each([
      [
        'sealed',
        { status: 503, body: '{"errors":["Vault is sealed"]}' },
        /sealed or not initialized, got 503; vault operator unseal/,
      ],
      ['no Vault', { status: 200, body: '<html>' }, /the body is not JSON/],
      ['one that gives no token', { status: 200, body: '{"auth":null}' }, /the login brings no token/],
      [
        'one that redirects',
        { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
        /redirected a request that changes/,
      ],
    ])('a Vault that is %s fails the run', async (_, interception: Interception, said) => {
      proxy.intercept = () => interception;

      const { code, lines } = await sync();

      expect(code).toBe(EXIT.failed);
      expect(lines).toMatch(said);
      expect(woodpecker.requests).toEqual([]);
    });

    it('a failure of any call to Vault is told, and the next run does all', async () => {
      await sync();
      const calls = proxy.requests.length;
      expect(calls).toBe(4);
      for (let call = 0; call < calls; call += 1) {
        let made = 0;
        proxy.intercept = () => (made++ === call ? { status: 500 } : undefined);
        expect(await sync()).toMatchObject({ code: EXIT.done });
        made = 0;
        proxy.intercept = () => (made++ >= call ? { status: 500 } : undefined);
        // Ending the token is what is done last, and is not what the run is for.
        expect((await sync()).code).toBe(call === calls - 1 ? EXIT.done : EXIT.failed);
        proxy.intercept = () => undefined;
        expect(await sync()).toMatchObject({ code: EXIT.done });
      }
    });

    it('told to stop, it ends, and the next run has nothing to repair', async () => {
      const told = new AbortController();
      woodpecker.intercept = (asked) => {
        if (asked === 'POST /api/secrets') told.abort(new Error('SIGTERM'));
        return false;
      };

      const { code, lines } = await sync({}, undefined, told.signal);
      woodpecker.intercept = () => false;

      expect(code).toBe(EXIT.failed);
      expect(lines).toContain('SIGTERM');
      expect(metric('success')).toBe(0);
      expect(await sync()).toMatchObject({ code: EXIT.done });
      expect(values()).toEqual({ user: 'viktor', token: 'canary-of-a-token' });
    });

    it('a run that can not tell the Pushgateway has failed', async () => {
      const { code } = await sync({ pushgatewayUrl: 'http://127.0.0.1:1' });
      expect(code).toBe(EXIT.failed);
    });
  });
}
