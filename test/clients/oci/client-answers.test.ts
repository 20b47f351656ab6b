import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, expect, it } from '@jest/globals';
import { RegistryClient, type RegistryClientProps } from '../../../clients/oci/client';
import { mediaTypes } from '../../../clients/oci/manifest';
import { imageOf, pushImage } from '../../../clients/oci/push-image';
import { FakeRegistry, type FakeRegistryProps, sha256 } from '../../support/fake-registry';

const running: FakeRegistry[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;
/** A registry that answers every request so, or its own way where there is nothing to be answered, and its client. */
async function against(
  answer?: Answer,
  { like = {}, ...props }: Partial<RegistryClientProps> & { like?: FakeRegistryProps } = {},
): Promise<{ client: RegistryClient; server: FakeRegistry }> {
  const server = await new FakeRegistry(like).start();
  running.push(server);
  server.intercept = (request, response) => {
    answer?.(request, response);
    return answer !== undefined;
  };
  return { server, client: new RegistryClient({ url: server.url, retries: 0, retryDelayMs: 1, ...props }) };
}
async function all(items: AsyncIterable<string>): Promise<readonly string[]> {
  const collected: string[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
const X = Buffer.from('x');
const blob = { digest: sha256(X), size: 1 };
const head =
  (headers: Record<string, string>, status = 200): Answer =>
  (_, response) =>
    response.writeHead(status, headers).end();
const body =
  (text: string, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(200, headers).end(text);

it.each<[Record<string, string>, object]>([
  [{}, {}],
  [{ 'content-length': '7' }, { size: 7 }],
  [{ 'docker-content-digest': 'sha256:a' }, { digest: 'sha256:a' }],
  [{ 'content-type': 'a/b' }, { mediaType: 'a/b' }],
])('HEAD tells of %j no more than is there', async (headers, told) => {
  const { client, server } = await against(head(headers));
  expect(await client.headManifest('a', '1')).toStrictEqual(told);
  expect(await client.headBlob('a', blob.digest)).toStrictEqual(told);
  expect(server.requests).toEqual(['HEAD /v2/a/manifests/1', `HEAD /v2/a/blobs/${blob.digest}`]);
});

const sha512 =
  'a4abd4448c49562d828115d13a1fccea927f52b4d5459297f8b43e42da89238bc13626e43dcb38ddb082488927ec904fb42057443983e88585179d50551afe62';
it.each<[Record<string, string>, string, string]>([
  [{}, blob.digest, ''],
  [{ 'content-type': 'a/b' }, blob.digest, 'a/b'],
  [{ 'content-type': 'a/b ; charset=utf-8; x' }, blob.digest, 'a/b'],
  [{ 'docker-content-digest': 'none' }, blob.digest, ''],
  [{ 'docker-content-digest': `sha512:${sha512}` }, `sha512:${sha512}`, ''],
])('a manifest served with %j is %s of type "%s"', async (headers, digest, mediaType) => {
  const { client, server } = await against(body('x', headers));
  expect(await client.getManifest('a', '1')).toEqual({ body: X, digest, mediaType });
  expect(server.requests).toEqual(['GET /v2/a/manifests/1']);
});

it('every type of manifest is asked for', async () => {
  let accept: string | undefined;
  const { client } = await against((request, response) => {
    accept = request.headers.accept;
    response.end('{}');
  });
  await client.getManifest('a', '1');
  expect(accept?.split(', ')).toEqual(Object.values(mediaTypes));
});

it.each<[string, (client: RegistryClient) => Promise<unknown>, Answer, string | RegExp]>([
  [
    'a manifest of other bytes',
    (client) => client.getManifest('a', sha256(Buffer.from('y'))),
    body('x'),
    /do not hash to sha256:a1fce.*, got sha256:2d711.*; the stored copy is damaged/,
  ],
  [
    'a manifest of too many values',
    (client) => client.getManifest('a', '1'),
    body(`[${'0,'.repeat(10_001)}0]`),
    'values',
  ],
  [
    'a blob of other bytes',
    (client) => client.getBlob('a', sha256(Buffer.from('y'))),
    body('x'),
    'do not hash to',
  ],
  [
    'a blob larger than asked for',
    (client) => client.getBlob('a', blob.digest, 1),
    body('xx'),
    'larger than',
  ],
  [
    'a blob of fewer bytes',
    (client) => client.verifyBlob('a', { ...blob, size: 9 }),
    body('x'),
    'the blob is not 9 bytes long, got 1; the stored copy is damaged',
  ],
  [
    'a blob of more bytes that does not end',
    (client) => client.verifyBlob('a', blob),
    (_, response) => response.write('xx'),
    'is not 1 bytes long, got more',
  ],
  [
    'an upload without a location',
    (client) => client.putBlob('a', X),
    head({}, 202),
    'without a location; check that this address is a registry',
  ],
  [
    'an upload to no address',
    (client) => client.putBlob('a', X),
    head({ location: 'http://[' }, 202),
    'without a location',
  ],
  [
    'a tag that is none',
    (client) => client.getManifest('a', 'v 1'),
    head({}),
    'registry client: not a tag or digest, got "v 1"; correct the reference',
  ],
  [
    'a digest that is none',
    (client) => client.headBlob('a', 'sha256:1'),
    head({}),
    'registry client: not a digest, got "sha256:1"; correct the descriptor',
  ],
  [
    'a repository that is none',
    (client) => client.headManifest('../a', '1'),
    head({}),
    'registry client: not a repository name, got "../a"; correct the reference',
  ],
  [
    'a next page without an address',
    (client) => all(client.catalog()),
    body('{"repositories":["a"]}', { link: '<http://[>; rel=next' }),
    'names a next page without an address, got "http://["',
  ],
  [
    'a page of too many values',
    (client) => all(client.tags('a')),
    body(`{"tags":["x"${',"x"'.repeat(200_000)}]}`),
    'values',
  ],
])('%s is refused', async (_, ask, answer, said) => {
  const { client } = await against(answer, { timeoutMs: 3000 });
  await expect(ask(client)).rejects.toThrow(said);
});

/** Five pages of so many names. */
const pagesOf = (names: number): Answer => {
  let page = 0;
  const text = JSON.stringify({ repositories: Array<string>(names).fill('a') });
  return (_, response) => {
    page += 1;
    response.writeHead(200, page === 5 ? {} : { link: `</v2/_catalog?last=${page}>; rel=next` }).end(text);
  };
};
it('a catalogue of more than 20,000 names is refused, and what comes before is told', async () => {
  const { client } = await against(pagesOf(10_000));
  let names = 0;
  const read = async (): Promise<void> => {
    for await (const name of client.catalog()) names += name.length;
  };
  await expect(read()).rejects.toMatchObject({
    kind: 'malformed',
    message: expect.stringContaining(
      "has more than 20000 names; report it to the registry's maintainers",
    ) as unknown,
  });
  expect(names).toBe(20_000);
});

it('what is held of all lists at once has a limit, and is given back by one that is left', async () => {
  const { client } = await against(
    body(JSON.stringify({ tags: Array<string>(600).fill('x'.repeat(10_000)) })),
  );
  const held = client.tags('a');
  await held.next();
  await expect(all(client.tags('b'))).rejects.toThrow('the answers under way are together larger than');
  await held.return();
  expect(await all(client.tags('b'))).toHaveLength(600);
}, 60_000);

it.each([
  [true, ['GET', 'GET'], ' bytes=0-0'],
  [false, ['GET', 'HEAD', 'HEAD'], ' bytes=0-0'],
])(
  'a blob is looked at by its last byte where the registry knows ranges (%s)',
  async (ranges, methods, range) => {
    const { client, server } = await against(undefined, { like: { ranges } });
    server.putBlob('a', X);
    expect(await client.statBlob('a', blob)).toMatchObject({ size: 1 });
    expect(await client.statBlob('a', blob)).toMatchObject({ size: 1 });
    expect(server.requests.map((line) => line.split(' ')[0])).toEqual(methods);
    expect(server.requests[0]).toBe(`GET /v2/a/blobs/${blob.digest}${range}`);
    await client.statBlob('a', { ...blob, size: 0 }).catch(() => undefined);
    expect(server.requests.at(-1)).toContain('HEAD');
  },
);

it('the first of many that look tells for all', async () => {
  const { client, server } = await against(undefined, { like: { ranges: false } });
  server.putBlob('a', X);
  await Promise.all(Array.from({ length: 5 }, () => client.statBlob('a', blob)));
  expect(server.requests.filter((line) => line.startsWith('GET'))).toHaveLength(1);
});

it.each<[number, Record<string, string>, object]>([
  [206, { 'content-range': 'bytes 0-0/7' }, { size: 7 }],
  [206, { 'content-range': 'bytes 0-0/*' }, {}],
  [206, {}, { size: 1 }],
  [416, {}, { said: expect.stringContaining('is not 1 bytes long, got fewer') }],
  [404, {}, { said: expect.stringContaining('got 404') }],
])('a last byte answered with %d and %j is %j', async (status, headers, told) => {
  const { client } = await against((_, response) =>
    response.writeHead(status, headers).end(status === 206 ? 'x' : ''),
  );
  const asked = client.statBlob('a', blob).catch((error: unknown) => ({ said: String(error) }));
  expect(await asked).toEqual(told);
});

it('a push names the scope that it needs, where it puts the bytes, and their types', async () => {
  const user = { username: 'u', password: 'p' };
  const { client, server } = await against(undefined, {
    credentials: user,
    like: { auth: { scheme: 'bearer', ...user } },
  });
  const types: unknown[] = [];
  server.intercept = (request) => {
    if (request.method === 'PUT') types.push(request.headers['content-type']);
    return false;
  };

  const digest = await pushImage(client, 'viktor/app', 'seed', 'v1');

  // The same bytes as ever: labs, canaries and copies know an image again by them.
  expect(digest).toBe('sha256:90f2d68502ad82f6e060520b9fd871d86b48daf25aca75355f2c1642f6b6a98b');
  expect(await pushImage(client, 'viktor/app', 'seed')).toBe(digest);
  expect((await client.getManifest('viktor/app', 'v1')).digest).toBe(digest);
  expect((await imageOf(client, 'viktor/app', 'seed')).digest).toBe(digest);
  expect((await imageOf(client, 'viktor/app', 'other')).digest).not.toBe(digest);
  expect([...new Set(types)]).toEqual(expect.arrayContaining(['application/octet-stream', mediaTypes.image]));
  expect(server.requests).toContain(
    'GET /v2/token?service=fake&scope=repository%3Aviktor%2Fapp%3Apull%2Cpush',
  );
});

it('a large blob has time by its size, and no more', async () => {
  const slow: Answer = (_, response) => setTimeout(() => response.end('x'), 300);
  const fast = { timeoutMs: 50, minBlobBytesPerSecond: 1 };
  await (await against(slow, fast)).client.verifyBlob('a', blob);
  const { client } = await against(slow, { ...fast, minBlobBytesPerSecond: 1000 });
  await expect(client.verifyBlob('a', blob)).rejects.toThrow(/time|within/);
});

it.each(['http://registry.example/?a', 'xhttp://registry.example', 'https.x://registry.example'])(
  'the address %s is refused',
  (url) => {
    expect(() => new RegistryClient({ url })).toThrow('write https://host:port');
    expect(
      () => new RegistryClient({ url: 'http://a', credentials: { username: '', password: 'p' } }),
    ).toThrow('user or token is empty');
  },
);
