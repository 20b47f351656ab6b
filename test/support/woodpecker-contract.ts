/* eslint jest/no-export: off -- one suite, two servers */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { WoodpeckerRepositories } from '../../clients/woodpecker/repositories';
import { WoodpeckerSecrets, type SecretScope, type SecretToWrite } from '../../clients/woodpecker/secrets';

export interface WoodpeckerUnderTest {
  readonly url: string;
  /** An administrator's. */
  readonly token: string;
  readonly scopes: readonly SecretScope[];
  stop(): Promise<void>;
}

/** What the sync relies on, on any server that speaks Woodpecker's secret API. Every secret that it makes goes again. */
export function woodpeckerContract(name: string, start: () => Promise<WoodpeckerUnderTest>): void {
  // Hundreds of requests, on a server that may be far away.
  jest.setTimeout(60_000);
  describe(`Woodpecker’s secrets on ${name}`, () => {
    let server: WoodpeckerUnderTest;
    const prefix = `contract-${randomBytes(4).toString('hex')}`;
    beforeAll(async () => {
      server = await start();
    });
    afterEach(async () => {
      for (const secrets of all())
        for (const secret of await secrets.list())
          if (secret.name.startsWith(prefix)) await secrets.remove(secret.name);
    });
    afterAll(() => server.stop());

    const all = (): WoodpeckerSecrets[] =>
      server.scopes.map(
        (scope) => new WoodpeckerSecrets({ url: server.url, token: server.token, scope, retryDelayMs: 10 }),
      );
    const secret = (change: Partial<SecretToWrite> = {}): SecretToWrite => ({
      ...{
        name: `${prefix}.x-y_z`,
        value: 'one',
        events: ['tag', 'push'],
        images: [],
        note: 'made by a test',
      },
      ...change,
    });
    const raw = (method: string, path: string, body?: object): Promise<Response> =>
      fetch(`${server.url}/api/secrets${path}`, {
        method,
        headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });

    it('a token says whether it is an administrator’s', async () => {
      await expect(Promise.all(all().map((secrets) => secrets.isAdministrator()))).resolves.not.toContain(
        false,
      );
    });

    it('a secret that was put is listed without its value, and put again it is the same one', async () => {
      for (const secrets of all()) {
        const made = await secrets.put(secret(), false);
        const changed = await secrets.put(secret({ value: 'a "quote", a\nbreak and $HOME' }), true);
        expect(changed).toEqual(made);
        expect((await secrets.list()).filter(({ id }) => id === made.id)).toEqual([made]);
      }
      const [listed] = (await (await raw('GET', '?page=1&perPage=50')).json()) as object[];
      expect(listed).not.toHaveProperty('value');
    });

    it('the filter of images comes back as it was written, and an empty one takes it away', async () => {
      for (const secrets of all()) {
        const images = [`${prefix}_a:17`, 'docker.io/woodpeckerci/plugin-docker-buildx'];
        expect((await secrets.put(secret({ images }), false)).images).toEqual(images);
        expect((await secrets.put(secret(), true)).images).toEqual([]);
      }
    });

    it('a duplicate is answered 500, and put changes the one that is there', async () => {
      for (const secrets of all()) {
        const made = await secrets.put(secret(), false);
        expect((await secrets.put(secret({ value: 'two' }), false)).id).toBe(made.id);
      }
      expect((await raw('POST', '', secret())).status).toBe(500);
    });

    it('put makes one that went meanwhile, under another id', async () => {
      for (const secrets of all()) {
        const made = await secrets.put(secret(), false);
        await secrets.remove(made.name);
        expect((await secrets.put(secret(), true)).id).not.toBe(made.id);
      }
    });

    it('an absent one is answered 404, and is removed for all that', async () => {
      expect((await raw('PATCH', `/${prefix}`, { value: 'x' })).status).toBe(404);
      expect((await raw('DELETE', `/${prefix}`)).status).toBe(404);
      for (const secrets of all()) await secrets.remove(prefix);
    });

    it.each([
      ['no events', { events: [] }],
      ['an unknown event', { events: ['breakfast'] }],
      ['an empty value', { value: '' }],
    ])('%s is refused with 422', async (_, change) => {
      for (const secrets of all())
        await expect(secrets.put(secret(change), false)).rejects.toMatchObject({ status: 422 });
    });

    it('a change to no events is refused, and one to an empty value changes nothing', async () => {
      for (const [index, secrets] of all().entries()) {
        const made = await secrets.put(secret(), false);
        // The first scope is the global one.
        const status = index === 0 ? 400 : 422;
        await expect(secrets.put(secret({ events: [] }), true)).rejects.toMatchObject({ status });
        expect(await secrets.put(secret({ value: '' }), true)).toEqual(made);
      }
    });

    it('names differ by their case', async () => {
      for (const secrets of all()) {
        const ids = ['a', 'A'].map(
          async (end) => (await secrets.put(secret({ name: `${prefix}${end}` }), false)).id,
        );
        expect(new Set(await Promise.all(ids)).size).toBe(2);
      }
    });

    it('the list is whole over several pages', async () => {
      for (const secrets of all()) {
        const names = Array.from({ length: 51 }, (_, index) => `${prefix}-${index}`);
        for (const name of names) await secrets.put(secret({ name }), false);
        const listed = (await secrets.list()).map((each) => each.name);
        expect(names.filter((name) => !listed.includes(name))).toEqual([]);
      }
    });

    it('another token is answered 401', async () => {
      const stranger = new WoodpeckerSecrets({ url: server.url, token: 'another', scope: 'global' });
      await expect(stranger.list()).rejects.toMatchObject({ kind: 'unauthorized' });
    });
  });
}

export interface WoodpeckerRepositoryUnderTest extends Omit<WoodpeckerUnderTest, 'scopes'> {
  /** One that is active, as `owner/name` at the forge. Its deployments are allowed, and its branch is built once. */
  readonly fullName: string;
  readonly branch: string;
}

/** What onboarding relies on, on any server that speaks Woodpecker's repository API. */
export function woodpeckerRepositoriesContract(
  name: string,
  start: () => Promise<WoodpeckerRepositoryUnderTest>,
): void {
  describe(`Woodpecker’s repositories on ${name}`, () => {
    let server: WoodpeckerRepositoryUnderTest;
    let repositories: WoodpeckerRepositories;
    beforeAll(async () => {
      server = await start();
      repositories = new WoodpeckerRepositories({ ...server, retryDelayMs: 10 });
    });
    afterAll(() => server.stop());
    const found = async () => {
      const repository = await repositories.find(server.fullName);
      if (repository === undefined) throw new Error(`${server.fullName}: is not there`);
      return repository;
    };

    it('one is found by its name at the forge, an unknown one is nothing', async () => {
      const { id, forge_remote_id: remoteId, active } = await found();
      expect([id > 0, remoteId === '', active]).toEqual([true, false, true]);
      expect(await repositories.find(`${server.fullName}-that-nobody-has`)).toBeUndefined();
    });

    it('one that is active is activated again, and stays the same one', async () => {
      const before = await found();
      await repositories.activate(before.forge_remote_id);
      expect(await found()).toEqual(before);
    });

    it('deployments are allowed, and nothing else of it changes', async () => {
      const before = await found();
      await repositories.allowDeployments(before.id);
      expect(await found()).toEqual({ ...before, allow_deploy: true });
    });

    it('a build that is started is the newest of its branch, at a whole commit', async () => {
      const { id } = await found();
      const before = await repositories.builds(id, server.branch);
      await repositories.build(id, server.branch);
      const [newest, ...others] = await repositories.builds(id, server.branch);
      expect(newest?.commit).toMatch(/^[0-9a-f]{40,64}$/);
      expect(newest?.number).toBeGreaterThan(before[0]?.number ?? 0);
      expect(others.map(({ number }) => number)).toEqual(
        before.map(({ number }) => number).slice(0, others.length),
      );
    });

    it('what is asked of a number that nobody has is not found', async () => {
      await expect(repositories.allowDeployments(999_999_999)).rejects.toMatchObject({ kind: 'not-found' });
      await expect(repositories.builds(999_999_999, server.branch)).rejects.toMatchObject({
        kind: 'not-found',
      });
    });

    it('another token is answered 401', async () => {
      const stranger = new WoodpeckerRepositories({ url: server.url, token: 'another', retries: 0 });
      await expect(stranger.find(server.fullName)).rejects.toMatchObject({ kind: 'unauthorized' });
    });
  });
}
