import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mediaTypes } from '../../../clients/oci/manifest';
import { DEFAULT_POLICY, type RetentionConfig } from '../../../programs/retention/config';
import { Stopped } from '../../../programs/stopped';
import { decide, type Decision } from '../../../programs/retention/decide';
import { forgeOf } from '../../../programs/retention/forge';
import { FakeForgejo } from '../../support/fake-forgejo';
import { ForgejoRows, sha256 } from '../../support/forgejo-rows';

const NOW_MS = Date.UTC(2026, 10, 22, 4);
const image = (seed: string): Buffer => {
  const config = { mediaType: 'application/json', digest: `sha256:${'a'.repeat(64)}`, size: 1 };
  return Buffer.from(
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType: mediaTypes.image, config, layers: [] },
      annotations: { seed },
    }),
  );
};

describe("rows of other owners' packages that no tag lists", () => {
  let forge: FakeForgejo;
  beforeEach(async () => {
    forge = await new FakeForgejo().start();
    forge.tokens.set('token', forge.owner);
    push(forge.store, 'app', 'v1', 'shared');
    push(forge.store, 'app', 'v2', 'own');
  });
  afterEach(() => forge.stop());

  /** An index of one child, or the child alone without a tag. */
  const push = (rows: ForgejoRows, name: string, tag: string | undefined, seed: string): void => {
    const body = image(seed);
    const digest = rows.push(name, sha256(body), body, mediaTypes.image, NOW_MS - 1e9) ?? '';
    const manifests = [{ mediaType: mediaTypes.image, digest, size: body.length }];
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
    if (tag !== undefined) rows.push(name, tag, index, mediaTypes.index, NOW_MS - 1e9);
  };
  const other = (owner: string): ForgejoRows => {
    const rows = forge.others.get(owner) ?? new ForgejoRows();
    forge.others.set(owner, rows);
    return rows;
  };
  const ask = (signal?: AbortSignal, estateReferences: readonly string[] = []): Promise<Decision> => {
    const config: RetentionConfig = {
      ...DEFAULT_POLICY,
      ...{ keepNewestTags: 1, maxDeletedShareOfPackage: 1, mode: 'observe', forgeUrl: forge.url },
      ...{ registryHosts: ['forge.example'], owner: forge.owner, tokenUser: forge.owner },
      ...{ estateReferences, pushgatewayUrl: forge.url, deadlineSeconds: 60 },
    };
    return decide(
      forgeOf({
        config,
        token: 'token',
        authority: '',
        retries: 0,
        retryDelayMs: 1,
        ...(signal && { signal }),
      }),
      undefined,
      config,
      NOW_MS,
    );
  };
  const leaving = ({ plan }: Decision): readonly string[] =>
    plan.units.flatMap(({ tags }) => tags.map(({ tag }) => tag));
  const reasonOf = ({ plan }: Decision): unknown =>
    plan.keeps.find(({ version }) => version === 'v1')?.reason;

  it('keep what shares their digest and say where, and control: of a tag, or of another digest, do not', async () => {
    push(other('beta'), 'web', 'live', 'shared');
    push(other('beta'), 'api', undefined, 'unrelated');
    push(other('beta'), 'other', 'v1', 'unrelated too');
    expect(leaving(await ask())).toEqual(['v1']);
    expect(forge.requests.filter((path) => path.includes('/beta/other/'))).toEqual([]);

    push(other('gamma'), 'team/web', undefined, 'shared');
    const kept = await ask();

    expect(leaving(kept)).toEqual([]);
    expect(reasonOf(kept)).toMatchObject({ kind: 'unclaimed-row', in: '"team/web" of "gamma"' });
    expect(kept.unknown).toEqual([]);
  });

  it('are taken for such when a manifest of their package cannot be read', async () => {
    push(other('beta'), 'web', 'live', 'shared');
    push(other('beta'), 'web', 'damaged', 'another');
    forge.intercept = (request, response) => {
      if (request.url?.includes('/beta/web/manifests/damaged') !== true) return false;
      response.writeHead(403).end();
      return true;
    };

    const kept = await ask();

    expect(leaving(kept)).toEqual([]);
    expect(kept.unknown).toEqual(['"web" of "beta" could not be read whole, so what it shares stays']);
  });

  it.each([
    [
      'an owner who cannot be listed',
      '/api/v1/packages/beta',
      'the packages of "beta" could not be listed, ',
    ],
    ['a catalogue that is refused', '/v2/_catalog', 'other owners are not all known, '],
  ])('end no run: %s', async (_, path, said) => {
    push(other('beta'), 'web', undefined, 'shared');
    forge.intercept = (request, response) => {
      if (request.url?.startsWith(path) !== true) return false;
      response.writeHead(403).end();
      return true;
    };

    const decided = await ask();

    expect(leaving(decided)).toEqual(['v1']);
    expect(decided.unknown).toEqual([expect.stringMatching(new RegExp(`^${said}.*refused, got 403`))]);
  });

  it('are told beside a reference that no rule understands, which keeps its package', async () => {
    const decided = await ask(undefined, [
      'forge.example/viktor/${NAME}:${TAG}',
      'forge.example/x/app:${TAG}',
    ]);

    expect(leaving(decided)).toEqual([]);
    expect(decided.unknown).toEqual([
      expect.stringMatching(/no rule understands what .* names, got "forge.example\/viktor\/\$\{NAME\}/),
      expect.stringContaining('got "forge.example/x/app:${TAG}"'),
    ]);
  });

  it('are asked for of no more than 50 owners, of names that can be owners', async () => {
    for (let number = 0; number < 51; number++) push(other(`owner-${number}`), 'web', 'v1', 'unrelated');
    push(other('..%2f'), 'web', undefined, 'shared');

    const { unknown } = await ask();

    expect(unknown).toEqual(['other owners are not all known, there are more than 50']);
    expect(forge.requests.filter((path) => path.includes('%2f'))).toEqual([]);
  });

  it('are asked of nobody whose name no owner can have, and of ourselves as of nobody else', async () => {
    for (const name of ['..%2f', '%', '-x', '']) push(other(name), 'web', undefined, 'shared');
    push(forge.store, 'web', undefined, 'shared');

    const { unknown, plan } = await ask();

    expect(unknown).toEqual([]);
    expect(plan.units.map((unit) => unit.package)).toEqual(['web', 'app']);
    expect(forge.requests.filter((path) => /packages\/(?!viktor)/.test(path))).toEqual([]);
  });

  it('keep what has no tag of ours too', async () => {
    push(forge.store, 'app', undefined, 'lonely');
    push(other('beta'), 'web', undefined, 'lonely');

    expect((await ask()).plan.units.map(({ reason }) => reason.kind)).toEqual(['beyond-newest']);
  });

  it('are taken for such in a package of more than 2000 tags, of which none is read; its neighbour is', async () => {
    push(other('beta'), 'web', undefined, 'shared');
    push(other('beta'), 'api', 'v1', 'own');
    for (let number = 0; number <= 2000; number++)
      other('beta').push('web', `v${number}`, image('alone'), mediaTypes.image, NOW_MS - 1e9);

    const kept = await ask();

    expect(kept.unknown).toEqual(
      expect.arrayContaining(['"web" of "beta" could not be read whole, so what it shares stays']),
    );
    expect(leaving(kept)).toEqual([]);
    expect(forge.requests.filter((path) => path.includes('/beta/web/manifests'))).toEqual([]);
  });

  it.each(['/v2/_catalog', '/api/v1/packages/beta', '/v2/beta/web/manifests/'])(
    'end the run where it is told to stop: at %s',
    async (path) => {
      push(other('beta'), 'web', 'live', 'shared');
      const stop = new AbortController();
      forge.intercept = (request) => {
        if (request.url?.startsWith(path) === true) stop.abort(new Stopped('signal', 'SIGTERM'));
        return false;
      };

      await expect(ask(stop.signal)).rejects.toThrow('SIGTERM');
    },
  );

  it('are asked of nobody when nothing of ours is a child', async () => {
    forge.store.rows = [];
    forge.store.push('app', 'v1', image('alone'), mediaTypes.image, NOW_MS - 1e9);

    expect((await ask()).unknown).toEqual([]);

    expect(forge.requests.filter((path) => path.includes('_catalog'))).toEqual([]);
  });
});
