import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Semaphore } from '../../../clients/concurrency';
import { ServerError } from '../../../clients/http/errors';
import { ByteCheck } from '../../../programs/integrity-probe/byte-check';
import type { Fault } from '../../../programs/integrity-probe/fault';
import { walkRepository } from '../../../programs/integrity-probe/repository-walk';
import { walk, type WalkProps, type WalkResult } from '../../../programs/integrity-probe/walk';
import { RegistryClient, type RegistryClientProps } from '../../../clients/oci/client';
import { mediaTypes } from '../../../clients/oci/manifest';
import { FakeRegistry, type FakeRegistryProps, sha256 } from '../../support/fake-registry';
import {
  below,
  type ContentNode,
  expectedFaults,
  nodesOf,
  randomOf,
  type RandomRepository,
  randomRegistry,
} from '../../support/random-registry';

const running: FakeRegistry[] = [];

async function registry(props: FakeRegistryProps = {}): Promise<FakeRegistry> {
  const started = await new FakeRegistry(props).start();
  running.push(started);
  return started;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

function fill(server: FakeRegistry, content: readonly RandomRepository[]): void {
  for (const { name, tags } of content) {
    const repository = server.repository(name);
    for (const [tag, top] of tags) {
      repository.tags.set(tag, top.digest);
      for (const { kind, digest, body, mediaType } of nodesOf(top)) {
        if (kind === 'blob') repository.blobs.set(digest, body);
        else repository.manifests.set(digest, { body, mediaType });
      }
    }
  }
}

function everyByte(): ByteCheck {
  const slot = { sinceMs: 0, untilMs: 1 };
  return new ByteCheck({ rereadMs: 0, deployedRereadMs: 0, maxBytesPerRun: Infinity, slot });
}

async function look(
  server: { readonly url: string },
  props: Partial<WalkProps> = {},
  clientProps: Partial<RegistryClientProps> = {},
): Promise<{ result: WalkResult; faults: Fault[]; lines: string[] }> {
  const faults: Fault[] = [];
  const result = await walk({
    client: new RegistryClient({ url: server.url, retryDelayMs: 1, ...clientProps }),
    deployed: new Map(),
    byteCheck: everyByte(),
    round: 0,
    onFault: (fault) => faults.push(fault),
    ...props,
  });
  const lines = faults.map(({ repository, reference, path, kind }) =>
    [`${repository}:${reference}`, ...path].join(' ').concat(`: ${kind}`),
  );
  return { result, faults, lines: lines.sort() };
}

/**
 * Damages about `count` random objects; answers what a probe must say of each, by `repository digest` for what is
 * kept per repository and by digest for bytes, which a registry keeps once for all.
 */
function damageAtRandom(
  server: FakeRegistry,
  content: readonly RandomRepository[],
  random: () => number,
  count: number,
): Map<string, string> {
  const damage = new Map<string, string>();
  const places = content.flatMap(({ name, tags }) =>
    [...tags.values()].flatMap((top) => nodesOf(top).map((node) => ({ name, node }))),
  );
  for (let done = 0; done < count; done += 1) {
    const place = places[below(random, places.length)];
    if (place === undefined) continue;
    const { name, node } = place;
    if ([...damage.keys()].some((key) => key.endsWith(node.digest))) continue;
    const [key, kind] = damageOne(server, name, node, random);
    damage.set(key, kind);
  }
  return damage;
}

function damageOne(
  server: FakeRegistry,
  name: string,
  node: ContentNode,
  random: () => number,
): [key: string, kind: string] {
  const here = `${name} ${node.digest}`;
  const { manifests, blobs } = server.repository(name);
  const flipped = Buffer.from(node.body);
  const place = below(random, flipped.length);
  flipped.writeUInt8(flipped.readUInt8(place) ^ 1, place);
  const storeEverywhere = (body: Buffer): void => {
    for (const repository of server.repositories.values()) {
      if (repository.blobs.has(node.digest)) repository.blobs.set(node.digest, body);
      const stored = repository.manifests.get(node.digest);
      if (stored !== undefined) repository.manifests.set(node.digest, { ...stored, body });
    }
  };
  switch (below(random, node.kind === 'blob' ? 4 : 5)) {
    case 0:
      (node.kind === 'blob' ? blobs : manifests).delete(node.digest);
      return [here, node.kind === 'blob' ? 'missing-blob' : 'missing-manifest'];
    case 1:
      storeEverywhere(flipped);
      return [node.digest, 'digest-mismatch'];
    case 2:
      storeEverywhere(node.body.subarray(0, place));
      return [node.digest, node.kind === 'blob' ? 'size-mismatch' : 'digest-mismatch'];
    case 3:
      answer500(server, name, node.digest);
      return [here, 'unreadable'];
    default:
      manifests.set(node.digest, { body: node.body, mediaType: 'text/plain' });
      return [here, 'bad-media-type'];
  }
}

function answer500(server: FakeRegistry, name: string, digest: string): void {
  const before = server.intercept;
  server.intercept = (request, response) => {
    if (before(request, response)) return true;
    const [, asked = ''] = request.url?.split(new RegExp(`^/v2/${name}/(?:manifests|blobs)/`)) ?? [];
    if (asked !== digest && server.repository(name).tags.get(asked) !== digest) return false;
    response.writeHead(500).end();
    return true;
  };
}

describe('the walk over a random registry', () => {
  it('finds every damage, names it exactly, raises no false alarm and finishes the rest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 0, max: 12 }), async (seed, count) => {
        const content = randomRegistry({ seed, images: 12, repositories: 4 });
        const server = await registry();
        fill(server, content);
        const damage = damageAtRandom(server, content, randomOf(seed + 1), count);
        const { result, lines } = await look(server, {}, { retries: 0 });
        expect(lines).toEqual(expectedFaults(content, damage));
        expect(result.interruption).toBeUndefined();
        expect(result.tags).toBe(content.reduce((sum, { tags }) => sum + tags.size, 0));
      }),
      { numRuns: 15, endOnFailure: true },
    );
  }, 60_000);

  it('asks for a shared layer once per repository and hashes it once per run', async () => {
    const content = randomRegistry({ seed: 5, images: 12, repositories: 4 });
    const server = await registry({ ranges: true });
    fill(server, content);
    const { result } = await look(server);
    expect(new Set(server.requests).size).toBe(server.requests.length);
    const read = server.requests
      .filter((line) => /^GET .*\/blobs\/\S+$/.test(line))
      .map((line) => line.split('/').at(-1));
    expect(new Set(read).size).toBe(read.length);
    expect(server.requests.filter((line) => line.includes('/blobs/'))).toHaveLength(result.blobs);
  });
});

/** One repository, one image of one layer. */
function oneImage(
  server: FakeRegistry,
  repository = 'viktor/app',
  tag = '1',
): { config: string; layer: string } {
  const config = server.putBlob(repository, Buffer.from(`config ${tag}`));
  const layer = server.putBlob(repository, Buffer.from('layer'));
  server.putManifest(repository, tag, {
    schemaVersion: 2,
    mediaType: mediaTypes.image,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 7 + tag.length },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer, size: 5 }],
  });
  return { config, layer };
}

describe('what the cluster pulls', () => {
  it('is looked for even when the registry does not list it', async () => {
    const server = await registry();
    oneImage(server);
    const deployed = new Map([
      ['viktor/app', new Set(['1', 'pruned'])],
      ['viktor/gone', new Set(['2'])],
    ]);
    const { result, lines } = await look(server, { deployed });
    expect(lines).toEqual(['viktor/app:pruned: missing-manifest', 'viktor/gone:2: missing-manifest']);
    expect(result.missingRepositories).toEqual(['viktor/gone']);
  });

  it('may be pinned by digest', async () => {
    const server = await registry();
    oneImage(server);
    const digest = server.repository('viktor/app').tags.get('1') ?? '';
    server.repository('viktor/app').tags.delete('1');
    expect((await look(server, { deployed: new Map([['viktor/app', new Set([digest])]]) })).lines).toEqual(
      [],
    );
    server.repository('viktor/app').manifests.delete(digest);
    expect((await look(server, { deployed: new Map([['viktor/app', new Set([digest])]]) })).lines).toEqual([
      `viktor/app:${digest}: missing-manifest`,
    ]);
  });
});

describe('one bad thing', () => {
  it('in a catalogue or a list of tags is one finding, and the rest is looked at', async () => {
    const server = await registry();
    oneImage(server);
    for (const name of ['Viktor/App', '../etc', `a/${'b'.repeat(300)}`]) oneImage(server, name);
    for (const tag of ['v 2', '', 'sha256:abc', 'x'.repeat(5000)])
      server.repository('viktor/app').tags.set(tag, server.repository('viktor/app').tags.get('1') ?? '');
    const { result, faults } = await look(server);
    expect(result).toMatchObject({ repositories: 1, tags: 5, faults: { 'malformed-name': 7 } });
    expect(result.interruption).toBeUndefined();
    expect(faults.every(({ repository, reference }) => repository.length + reference.length < 300)).toBe(
      true,
    );
  });

  it('in a manifest is one finding: cut, empty, not JSON, null, odd fields', async () => {
    const server = await registry();
    oneImage(server);
    const bodies = [
      '',
      '{',
      'null',
      '[]',
      '7',
      '{"layers":7}',
      '{"config":{"digest":7}}',
      '{"config":null,"layers":[]}',
    ];
    const { manifests, tags } = server.repository('viktor/app');
    for (const [index, text] of bodies.entries()) {
      const body = Buffer.from(text);
      manifests.set(sha256(body), { body, mediaType: mediaTypes.image });
      tags.set(`odd-${index}`, sha256(body));
    }
    server.intercept = ({ url }, response) => {
      if (url?.endsWith('/manifests/cut') !== true) return false;
      response.writeHead(200, { 'content-type': mediaTypes.image, 'content-length': 500 }).write('12345678');
      setTimeout(() => response.destroy(), 10);
      return true;
    };
    tags.set('cut', tags.get('1') ?? '');
    const { result, lines } = await look(server, {}, { retries: 0 });
    expect(lines).toEqual([
      'viktor/app:cut: unreadable',
      ...bodies.map((_, index) => `viktor/app:odd-${index}: unreadable`),
    ]);
    expect(result.tags).toBe(bodies.length + 2);
  });

  it('is not a field that is null: it is one that is not there', async () => {
    const server = await registry();
    const digest = server.putBlob('viktor/app', Buffer.from('{}'));
    const config = {
      ...{ mediaType: 'application/json', digest, size: 2 },
      urls: null,
      platform: null,
      annotations: null,
    };
    const rest = { subject: null, annotations: null };
    const image = { schemaVersion: 2, mediaType: mediaTypes.image, config, layers: null, ...rest };
    const child = server.putManifest('viktor/app', 'image', image);
    const size = Buffer.byteLength(JSON.stringify(image));
    const manifests = [
      { mediaType: mediaTypes.image, digest: child, size, platform: null, annotations: null },
    ];
    server.putManifest('viktor/app', 'index', {
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests,
      ...rest,
    });
    server.putManifest('viktor/app', 'none', {
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: null,
    });
    expect((await look(server)).lines).toEqual([]);
  });
});

describe('what is over a bound', () => {
  const child = (index: number): object => ({
    ...{ mediaType: mediaTypes.image, size: 2 },
    digest: sha256(Buffer.from(String(index))),
  });
  const index = (manifests: readonly object[]): { mediaType: string } & Record<string, unknown> => ({
    ...{ schemaVersion: 2, mediaType: mediaTypes.index },
    manifests,
  });

  it('is a finding of one request when it is a manifest that names 60,000 things', async () => {
    const server = await registry();
    server.putManifest('viktor/app', '1', index(Array.from({ length: 60_000 }, () => child(0))));
    const { faults } = await look(server);
    expect(faults.map(({ kind, detail }) => `${kind}: ${detail}`)).toEqual([
      expect.stringMatching(/^unreadable: .*(more|larger) than/),
    ]);
    expect(server.requests.filter((line) => line.includes('/manifests/sha256:'))).toEqual([]);
  }, 60_000);

  it('is asked for once when it is the same thing a thousand times', async () => {
    const server = await registry();
    server.putManifest('viktor/app', '1', index(Array.from({ length: 1000 }, () => child(0))));
    const { lines } = await look(server);
    expect(lines).toEqual(['viktor/app:1 manifests[0]: missing-manifest']);
    // Once in the walk, once more before it is told.
    expect(server.requests.filter((line) => line.includes('/manifests/sha256:'))).toHaveLength(2);
  }, 60_000);

  it('is a finding that says so when it is that many different things', async () => {
    const server = await registry();
    server.putManifest('viktor/app', '1', index(Array.from({ length: 700 }, (_, place) => child(place))));
    const { result } = await look(server);
    expect(result.faults).toMatchObject({ 'missing-manifest': 500, 'too-many': 1 });
  }, 60_000);

  it('is a finding when it is more names that look faulty than are looked at again', async () => {
    const missing = new ServerError({
      kind: 'not-found',
      method: 'GET',
      url: new URL('http://r'),
      detail: 'gone',
    });
    const tags = Array.from({ length: 20_005 }, (_, place) => `v${place}`);
    const client = {
      async *tags(): AsyncGenerator<string> {
        yield* await Promise.resolve(tags);
      },
      getManifest: () => Promise.reject(missing),
    } as unknown as RegistryClient;
    const found: string[] = [];
    await walkRepository({
      ...{ client, repository: 'a', deployed: new Set(), references: new Semaphore(32), maxReferences: 32 },
      byteCheck: new ByteCheck({
        rereadMs: 0,
        deployedRereadMs: 0,
        maxBytesPerRun: 0,
        slot: { sinceMs: 0, untilMs: 0 },
      }),
      tally: { tags: 0, indexes: 0, manifests: 0, blobs: 0 },
      onFault: ({ reference, kind, detail }) => found.push(reference === '*' ? detail : kind),
    });

    expect(found.filter((each) => each === 'missing-manifest')).toHaveLength(20_000);
    expect(found.filter((each) => each !== 'missing-manifest')).toEqual([
      'more than 20000 names look faulty; those beyond were not looked at',
    ]);
  });

  it('is a finding when a catalogue goes round in circles', async () => {
    const server = await registry();
    oneImage(server);
    server.intercept = ({ url }, response) => {
      if (url?.startsWith('/v2/_catalog') !== true) return false;
      const other = url.endsWith('=a') ? 'b' : 'a';
      response.setHeader('link', `</v2/_catalog?last=${other}>; rel="next"`);
      response.end(JSON.stringify({ repositories: Array.from({ length: 1000 }, () => 'viktor/app') }));
      return true;
    };
    const { result } = await look(server);
    expect(result.interruption !== undefined || result.faults['too-many'] > 0).toBe(true);
    expect(server.requests.length).toBeLessThan(100);
  }, 60_000);
});

describe('a registry that answers HEAD from memory', () => {
  it.each([
    ['gone', (body: Buffer) => body.subarray(0, 0)],
    ['cut short', (body: Buffer) => body.subarray(0, 3)],
  ])('is asked for the last byte, so that a blob that is %s is found', async (_, damage) => {
    const server = await registry({ ranges: true });
    const { layer } = oneImage(server);
    const body = Buffer.from('layer');
    server.repository('viktor/app').blobs.set(layer, damage(body));
    server.intercept = ({ method, url }, response) => {
      if (method !== 'HEAD' || url?.endsWith(layer) !== true) return false;
      response.writeHead(200, { 'content-length': body.length }).end();
      return true;
    };
    const slot = { sinceMs: 0, untilMs: 0 };
    const byteCheck = new ByteCheck({ rereadMs: 1, deployedRereadMs: 1, maxBytesPerRun: 0, slot });
    expect((await look(server, { byteCheck })).lines).toEqual(['viktor/app:1 layers[0]: size-mismatch']);
  });

  it('is asked by HEAD after all when it does not know ranges, and once only', async () => {
    const server = await registry();
    for (let tag = 0; tag < 10; tag += 1) oneImage(server, 'viktor/app', `${tag}`);
    const slot = { sinceMs: 0, untilMs: 0 };
    const byteCheck = new ByteCheck({ rereadMs: 1, deployedRereadMs: 1, maxBytesPerRun: 0, slot });
    const { lines, result } = await look(server, { byteCheck }, { maxConcurrentRequests: 1 });
    expect(lines).toEqual([]);
    expect(server.requests.filter((line) => line.includes(' bytes='))).toHaveLength(1);
    expect(server.requests.filter((line) => line.startsWith('HEAD '))).toHaveLength(result.blobs);
  });
});

describe('a tag', () => {
  it('that is deleted while the walk is under way is no fault', async () => {
    const server = await registry();
    const { layer } = oneImage(server);
    server.repository('viktor/app').blobs.delete(layer);
    server.intercept = ({ url }) => {
      if (url?.endsWith(layer) === true) server.repository('viktor/app').tags.delete('1');
      return false;
    };
    expect((await look(server)).lines).toEqual([]);
  });

  it('that is moved to a whole image while the walk is under way is no fault', async () => {
    const server = await registry();
    const { layer } = oneImage(server);
    server.repository('viktor/app').blobs.delete(layer);
    let moved = false;
    server.intercept = ({ url }) => {
      if (url?.endsWith(layer) === true && !moved) {
        moved = true;
        server.putManifest('viktor/app', '1', {
          schemaVersion: 2,
          mediaType: mediaTypes.index,
          manifests: [],
        });
      }
      return false;
    };
    expect((await look(server)).lines).toEqual([]);
    expect(moved).toBe(true);
  });
});

describe('a foreign layer', () => {
  it('need not be in the registry', async () => {
    const server = await registry();
    const { config } = oneImage(server);
    const layer = { mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar', size: 9 };
    server.putManifest('viktor/app', '1', {
      schemaVersion: 2,
      mediaType: mediaTypes.image,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 8 },
      layers: [{ ...layer, digest: `sha256:${'0'.repeat(64)}`, urls: ['https://elsewhere.example/layer'] }],
    });
    expect((await look(server)).lines).toEqual([]);
  });
});

describe('what builders and clients push', () => {
  const layer = (server: FakeRegistry, text: string, mediaType: string): object => ({
    ...{ mediaType, digest: server.putBlob('viktor/app', Buffer.from(text)), size: text.length },
  });
  const emptyConfig = (server: FakeRegistry): object =>
    layer(server, '{}', 'application/vnd.oci.empty.v1+json');
  const gone = { digest: `sha256:${'0'.repeat(64)}`, size: 9 };
  const zstd = 'application/vnd.oci.image.layer.v1.tar+zstd';

  it('is whole: zstd, artifacts, Helm charts, layers beside their addresses, signatures, caches of either form', async () => {
    const server = await registry();
    const put = (tag: string, more: object, mediaType: string = mediaTypes.image): string =>
      server.putManifest('viktor/app', tag, { schemaVersion: 2, mediaType, ...more });
    const cache = 'application/vnd.buildkit.cacheconfig.v0';
    const config = emptyConfig(server);
    const digest = put('zstd', { config, layers: [layer(server, 'z', zstd)] });
    put('artifact', {
      artifactType: 'a/b',
      config,
      layers: [{ ...config, data: 'e30=' }],
      annotations: null,
    });
    put('helm', {
      config: layer(server, '{"name":"x"}', 'application/vnd.cncf.helm.config.v1+json'),
      layers: null,
    });
    put('addressed', { config, layers: [{ ...layer(server, 'z', zstd), urls: ['https://a'] }] });
    put(`sha256-${digest.slice(7)}.sig`, {
      config,
      layers: [],
      subject: { mediaType: mediaTypes.image, digest, size: 1 },
    });
    put('cache', { config: layer(server, '{"layers":[]}', cache), layers: [layer(server, 'c', zstd)] });
    put(
      'cache-index',
      { manifests: [layer(server, 'c', zstd), layer(server, '{"layers":[]}', cache)] },
      mediaTypes.index,
    );

    expect((await look(server)).lines).toEqual([]);
  });

  it('is broken where a layer is gone that only says where else it may be, or one of a cache', async () => {
    const server = await registry();
    server.putManifest('viktor/app', '1', {
      ...{ schemaVersion: 2, mediaType: mediaTypes.image, config: emptyConfig(server) },
      layers: [{ ...gone, mediaType: zstd, urls: ['https://elsewhere.example/layer'] }],
    });
    server.putManifest('viktor/app', '2', {
      ...{ schemaVersion: 2, mediaType: mediaTypes.index },
      manifests: [
        { ...gone, mediaType: zstd },
        layer(server, '{"layers":[]}', 'application/vnd.buildkit.cacheconfig.v0'),
      ],
    });

    expect((await look(server)).lines).toEqual([
      'viktor/app:1 layers[0]: missing-blob',
      'viktor/app:2 manifests[0]: missing-blob',
    ]);
  });
});

describe('a walk', () => {
  const credentials = { username: 'cluster-puller', password: 'pull-me' };

  it('of a registry that does not run is interrupted as registry-down', async () => {
    const server = await registry();
    const { url } = server;
    await server.stop();
    const { result } = await look({ url }, {}, { retries: 1 });
    expect(result).toMatchObject({ catalogAccessible: false, interruption: { reason: 'registry-down' } });
  });

  it('of a registry that goes down in the middle is interrupted and blames no image', async () => {
    const server = await registry();
    for (let tag = 0; tag < 40; tag += 1) oneImage(server, `viktor/app-${tag}`, `${tag}`);
    let answers = 30;
    server.intercept = (_, response) => {
      if ((answers -= 1) > 0) return false;
      response.destroy();
      return true;
    };
    const { result, lines } = await look(server, {}, { retries: 1 });
    expect(result).toMatchObject({ catalogAccessible: true, interruption: { reason: 'registry-down' } });
    expect(lines).toEqual([]);
  });

  it('whose token is refused for good in the middle is interrupted as authentication-failed', async () => {
    const server = await registry({ auth: { scheme: 'bearer', scope: '*', ...credentials } });
    oneImage(server);
    server.intercept = ({ url }) => {
      if (url?.includes('/blobs/') === true) server.refuseTokensBelow = Infinity;
      return false;
    };
    const { result, lines } = await look(server, {}, { credentials });
    expect(result.interruption?.reason).toBe('authentication-failed');
    expect(lines).toEqual([]);
  });

  it('with a token too weak for one repository names it and looks at the others', async () => {
    const server = await registry();
    oneImage(server, 'viktor/open');
    oneImage(server, 'viktor/closed');
    server.repository('viktor/open').blobs.clear();
    server.intercept = ({ url }, response) => {
      if (url?.startsWith('/v2/viktor/closed/') !== true) return false;
      response.writeHead(403).end();
      return true;
    };
    const { result, lines } = await look(server);
    expect(result.deniedRepositories).toEqual(['viktor/closed']);
    expect(lines).toEqual(['viktor/open:1 config: missing-blob', 'viktor/open:1 layers[0]: missing-blob']);
    expect(result.interruption).toBeUndefined();
  });

  it('of a page in front of the registry is interrupted as not-a-registry', async () => {
    const server = await registry();
    server.intercept = ({ url }, response) => {
      response.writeHead(url === '/v2/' ? 200 : 404).end('<html>');
      return true;
    };
    expect((await look(server)).result.interruption?.reason).toBe('not-a-registry');
  });

  it('that is told to stop is interrupted with that reason', async () => {
    const server = await registry();
    oneImage(server);
    const stop = new AbortController();
    server.intercept = ({ url }) => {
      if (url?.includes('/manifests/') === true) stop.abort(new Error('SIGTERM'));
      return false;
    };
    const { result } = await look(server, { signal: stop.signal }, { signal: stop.signal });
    expect(result.interruption).toMatchObject({ reason: 'interrupted', message: 'SIGTERM' });
  });

  it('takes one object that never arrives for that object and goes on', async () => {
    const server = await registry();
    const { layer } = oneImage(server);
    oneImage(server, 'viktor/other', '2');
    server.intercept = ({ url }, response) => {
      if (url?.startsWith('/v2/viktor/app/') !== true || !url.endsWith(layer)) return false;
      response.writeHead(200, { 'content-length': 5 });
      response.write('l');
      return true;
    };
    const { result, lines } = await look(server, {}, { retries: 0, timeoutMs: 300 });
    expect(lines).toEqual(['viktor/app:1 layers[0]: unreadable']);
    expect(result.repositories).toBe(2);
  });

  it('takes one list of tags that cannot be had for that repository and goes on', async () => {
    const server = await registry();
    oneImage(server);
    oneImage(server, 'viktor/other', '2');
    server.intercept = ({ url }, response) => {
      if (url?.startsWith('/v2/viktor/app/tags') !== true) return false;
      response.writeHead(500).end();
      return true;
    };
    const { result, lines } = await look(server, {}, { retries: 0 });
    expect(lines).toEqual(['viktor/app:*: unreadable']);
    expect(result.tags).toBe(1);
  });

  it('waits out a 429 and finds nothing wrong', async () => {
    const server = await registry();
    for (let tag = 0; tag < 10; tag += 1) oneImage(server, `viktor/app-${tag}`, `${tag}`);
    let count = 0;
    server.intercept = (_, response) => {
      if ((count += 1) % 4 !== 0) return false;
      response.writeHead(429, { 'retry-after': '0' }).end();
      return true;
    };
    const { result, lines } = await look(server, {}, { retries: 8 });
    expect(lines).toEqual([]);
    expect(result).toMatchObject({ repositories: 10, tags: 10 });
    expect(result.interruption).toBeUndefined();
  });

  it('of an empty registry finds nothing and is not interrupted', async () => {
    const { result } = await look(await registry());
    expect(result).toMatchObject({ catalogAccessible: true, repositories: 0, tags: 0 });
    expect(result.interruption).toBeUndefined();
  });
});
