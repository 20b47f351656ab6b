import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RegistryClient, type RegistryClientProps } from '../../../clients/oci/client';
import { ServerError } from '../../../clients/http/errors';
import { mediaTypes } from '../../../clients/oci/manifest';
import { FakeRegistry, type FakeRegistryProps, sha256 } from '../../support/fake-registry';

const user = { username: 'cluster-puller', password: 'pull-me' };
const running: FakeRegistry[] = [];

async function registry(props: FakeRegistryProps = {}): Promise<FakeRegistry> {
  const started = await new FakeRegistry(props).start();
  running.push(started);
  return started;
}

function clientOf({ url }: { url: string }, props: Partial<RegistryClientProps> = {}): RegistryClient {
  return new RegistryClient({ url, retryDelayMs: 1, ...props });
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function failureOf(promise: Promise<unknown>): Promise<ServerError> {
  const outcome = await promise.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  if (outcome instanceof ServerError) return outcome;
  throw outcome as Error;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

describe.each([
  ['no authentication', {}],
  ['basic authentication', { auth: { scheme: 'basic', ...user } }],
  ['a bearer token of a relative realm', { auth: { scheme: 'bearer', ...user } }],
  ['a bearer token of an absolute realm', { auth: { scheme: 'bearer', realm: 'absolute', ...user } }],
  ['a bearer token for everything', { auth: { scheme: 'bearer', scope: '*', ...user } }],
] as [string, FakeRegistryProps][])('with %s, the client', (_, props) => {
  let server: FakeRegistry;
  let client: RegistryClient;

  beforeEach(async () => {
    server = await registry(props);
    client = clientOf(server, { credentials: user });
  });

  it('pushes an image and reads it back', async () => {
    const layer = Buffer.from('layer');
    const digest = await client.putBlob('viktor/app', layer);
    const body = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.image,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 5 },
        layers: [],
      }),
    );
    const pushed = await client.putManifest('viktor/app', '1.0', body, mediaTypes.image);

    await client.ping();
    expect(await all(client.catalog())).toEqual(['viktor/app']);
    expect(await all(client.tags('viktor/app'))).toEqual(['1.0']);
    expect(await client.getManifest('viktor/app', '1.0')).toEqual({
      body,
      mediaType: mediaTypes.image,
      digest: pushed,
    });
    expect(await client.headManifest('viktor/app', pushed)).toEqual({
      digest: pushed,
      size: body.length,
      mediaType: mediaTypes.image,
    });
    expect(await client.headBlob('viktor/app', digest)).toMatchObject({ size: 5 });
    await client.verifyBlob('viktor/app', { digest, size: 5 });
  });

  it('names what is not there as not found, with the code of the registry', async () => {
    server.repository('viktor/app');
    const failure = await failureOf(client.getManifest('viktor/app', 'gone'));
    expect(failure).toMatchObject({
      kind: 'not-found',
      status: 404,
      code: 'MANIFEST_UNKNOWN',
      temporary: false,
    });
    expect(failure.message).toContain(`GET ${server.url}/v2/viktor/app/manifests/gone: refused, got 404`);
  });
});

describe('a token', () => {
  it('is asked for once, however many requests wait for it', async () => {
    const server = await registry({ auth: { scheme: 'bearer', scope: '*', ...user } });
    const digest = server.putBlob('viktor/app', Buffer.from('x'));
    const client = clientOf(server, { credentials: user });
    await Promise.all(Array.from({ length: 12 }, () => client.headBlob('viktor/app', digest)));
    expect(server.tokensIssued).toBe(1);
  });

  it('that is refused in the middle is renewed once for all requests', async () => {
    const server = await registry({ auth: { scheme: 'bearer', scope: '*', ...user } });
    const digest = server.putBlob('viktor/app', Buffer.from('x'));
    const client = clientOf(server, { credentials: user });
    await client.headBlob('viktor/app', digest);
    server.refuseTokensBelow = 1;
    await Promise.all(Array.from({ length: 12 }, () => client.headBlob('viktor/app', digest)));
    expect(server.tokensIssued).toBe(2);
  });

  it('that the service does not give is an authorization failure that names the service', async () => {
    const server = await registry({ auth: { scheme: 'bearer', ...user } });
    const client = clientOf(server, { credentials: { ...user, password: 'wrong' } });
    const failure = await failureOf(client.ping());
    expect(failure).toMatchObject({ kind: 'unauthorized', status: 401 });
    expect(failure.message).toContain('/v2/token: the token service refused these credentials');
    expect(failure.message).not.toContain('wrong');
  });

  it('that stays refused ends in one failure and not in a loop', async () => {
    const server = await registry({ auth: { scheme: 'bearer', ...user } });
    server.refuseTokensBelow = Infinity;
    const failure = await failureOf(clientOf(server, { credentials: user }).ping());
    expect(failure.kind).toBe('unauthorized');
    const asked = 'GET /v2/_catalog?n=1';
    expect(server.requests).toEqual([asked, 'GET /v2/token?service=fake', asked]);
  });
});

describe('wrong basic credentials', () => {
  it('are sent once and reported as an authorization failure', async () => {
    const server = await registry({ auth: { scheme: 'basic', ...user } });
    const client = clientOf(server, { credentials: { ...user, password: 'wrong' } });
    expect((await failureOf(client.ping())).kind).toBe('unauthorized');
    expect(server.requests).toHaveLength(2);
  });

  it('that are empty are refused before anything is asked', () => {
    expect(
      () => new RegistryClient({ url: 'http://127.0.0.1:1', credentials: { ...user, password: '' } }),
    ).toThrow('user or token is empty');
  });
});

describe.each(['relative', 'absolute'] as const)('a catalogue with %s links', (links) => {
  it.each([
    [10, 3, 4],
    [10_000, 100, 100],
  ])('of %i repositories is read to its end at our own address', async (count, maxPage, requests) => {
    const server = await registry({ links, maxPage });
    const names = Array.from({ length: count }, (_, index) => `viktor/app-${String(index).padStart(4, '0')}`);
    names.forEach((name) => server.repository(name));
    expect(await all(clientOf(server).catalog())).toEqual(names);
    expect(server.requests).toHaveLength(requests);
  });
});

describe('a page of names', () => {
  it('that names itself as the next one ends the reading', async () => {
    const server = await registry();
    server.intercept = (request, response) => {
      response.setHeader('link', `<${request.url ?? ''}>; rel="next"`);
      response.end('{"repositories":["a"]}');
      return true;
    };
    expect((await failureOf(all(clientOf(server).catalog()))).message).toContain(
      'leads back to a page that it had before',
    );
  });

  it('that is an HTML page is malformed', async () => {
    const server = await registry();
    server.intercept = (_, response) => {
      response.end('<html>sign in</html>');
      return true;
    };
    expect((await failureOf(all(clientOf(server).catalog()))).kind).toBe('malformed');
  });

  it('that links on for ever, as the last page of Forgejo does, ends at the first empty page', async () => {
    const server = await registry();
    server.intercept = (request, response) => {
      const rest = request.url?.includes('last=') === true;
      if (!rest) response.setHeader('link', '</v2/a/tags/list?last=2>; rel="next"');
      response.end(JSON.stringify({ tags: rest ? [] : ['1', '2'] }));
      return true;
    };
    expect(await all(clientOf(server).tags('a'))).toEqual(['1', '2']);
  });
});

describe('an empty page of names', () => {
  it('that links on is followed', async () => {
    const server = await registry();
    server.intercept = (request, response) => {
      const isNext = request.url?.includes('last=') === true;
      if (!isNext) response.setHeader('link', '</v2/a/tags/list?last=x>; rel="next"');
      response.end(JSON.stringify({ tags: isNext ? ['1'] : null }));
      return true;
    };
    expect(await all(clientOf(server).tags('a'))).toEqual(['1']);
  });
});

describe('a temporary failure', () => {
  it.each([429, 500, 502, 503])('%i is repeated until it passes', async (status) => {
    const server = await registry();
    const digest = server.putBlob('a', Buffer.from('x'));
    let failures = 2;
    server.intercept = (_, response) => {
      if (failures === 0) return false;
      failures -= 1;
      response.writeHead(status).end();
      return true;
    };
    await expect(clientOf(server).headBlob('a', digest)).resolves.toMatchObject({ size: 1 });
  });

  it('is given up after the retries, as temporary', async () => {
    const server = await registry();
    server.intercept = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    expect(await failureOf(clientOf(server, { retries: 2 }).ping())).toMatchObject({
      kind: 'server-error',
      temporary: true,
    });
    expect(server.requests).toHaveLength(3);
  });

  it('with a Retry-After beyond the limit is not waited for', async () => {
    const server = await registry();
    server.intercept = (_, response) => {
      response.writeHead(429, { 'retry-after': '3600' }).end();
      return true;
    };
    const failure = await failureOf(clientOf(server).ping());
    expect(failure).toMatchObject({ kind: 'too-many-requests', retryAfterMs: 3_600_000 });
    expect(server.requests).toHaveLength(1);
  });

  it('with a Retry-After holds back the other requests too', async () => {
    const server = await registry();
    let told = 0;
    let early = 0;
    server.intercept = (_, response) => {
      if (told === 0) {
        told = Date.now();
        response.writeHead(429, { 'retry-after': '1' }).end();
        return true;
      }
      if (Date.now() - told < 900) early += 1;
      return false;
    };
    const client = clientOf(server, { maxConcurrentRequests: 1 });
    await Promise.all([client.ping(), client.ping(), client.ping()]);
    expect(early).toBe(0);
  });

  it('with a Retry-After is waited for by time, not by a clock that is set back meanwhile', async () => {
    const server = await registry();
    let answers = 0;
    const clock = jest.spyOn(Date, 'now');
    server.intercept = (_, response) => {
      if (answers++ > 0) return false;
      setTimeout(() => clock.mockReturnValue(new Date().getTime() - 3_600_000), 200);
      response.writeHead(429, { 'retry-after': '1' }).end();
      return true;
    };
    try {
      await clientOf(server).ping();
    } finally {
      clock.mockRestore();
    }
    expect(answers).toBe(2);
  });

  it('of the connection is unreachable, with the code of the system', async () => {
    const server = await registry();
    const { url } = server;
    await server.stop();
    const failure = await failureOf(new RegistryClient({ url, retries: 0 }).ping());
    expect(failure).toMatchObject({ kind: 'unreachable', temporary: true });
    expect(failure.message).toContain('ECONNREFUSED');
  });

  it('in the middle of a body is an answer cut short', async () => {
    const server = await registry();
    server.intercept = (_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('cut', () => response.destroy());
      return true;
    };
    const blob = { digest: sha256(Buffer.from('x')), size: 100 };
    expect((await failureOf(clientOf(server, { retries: 0 }).verifyBlob('a', blob))).kind).toBe('cut-short');
  });
});

describe('a server that never finishes', () => {
  it.each([
    ['its headers', () => undefined],
    ['its body', (response: { write: (text: string) => unknown }) => response.write('{"repositories":')],
  ])('%s runs into the time limit', async (_, begin) => {
    const server = await registry();
    server.intercept = (_request, response) => {
      begin(response);
      return true;
    };
    const failure = await failureOf(all(clientOf(server, { timeoutMs: 100, retries: 0 }).catalog()));
    expect(failure).toMatchObject({ kind: 'timeout', temporary: true });
  });

  it('is left at once when the caller aborts, with the reason of the caller', async () => {
    const server = await registry();
    const stop = new AbortController();
    server.intercept = () => {
      stop.abort(new Error('SIGTERM'));
      return true;
    };
    await expect(clientOf(server, { signal: stop.signal }).ping()).rejects.toThrow('SIGTERM');
  });
});

describe('credentials', () => {
  it('do not follow a redirect to another origin, whose bytes are read all the same', async () => {
    const elsewhere = await registry();
    const server = await registry({ auth: { scheme: 'basic', ...user } });
    const body = Buffer.from('layer');
    const digest = elsewhere.putBlob('a', body);
    server.repository('a');
    server.intercept = (request, response) => {
      if (request.headers.authorization === undefined) return false;
      response.writeHead(307, { location: `${elsewhere.url}${request.url ?? ''}` }).end();
      return true;
    };
    await clientOf(server, { credentials: user }).verifyBlob('a', { digest, size: body.length });
    expect(elsewhere.requests).toEqual([`GET /v2/a/blobs/${digest}`]);
    expect(elsewhere.authorizations).toEqual([undefined]);
  });

  it('follow no redirect, even within the registry', async () => {
    const server = await registry({ auth: { scheme: 'basic', ...user } });
    const body = Buffer.from('layer');
    const digest = server.putBlob('a', body);
    server.intercept = (request, response) => {
      if (request.headers.authorization === undefined || request.url?.includes('moved') === true)
        return false;
      response.writeHead(307, { location: `${request.url ?? ''}?moved` }).end();
      return true;
    };
    const verifying = clientOf(server, { credentials: user }).verifyBlob('a', { digest, size: body.length });
    expect((await failureOf(verifying)).message).toContain(
      'refused after a redirect, got 401 UNAUTHORIZED "unauthorized"; credentials follow no redirect, so let what was asked answer at its own address',
    );
    expect(server.authorizations.filter((sent) => sent !== undefined)).toHaveLength(1);
  });

  it('are not sent round a circle of redirects for ever', async () => {
    const server = await registry();
    server.intercept = (request, response) => {
      response.writeHead(302, { location: request.url ?? '' }).end();
      return true;
    };
    expect((await failureOf(clientOf(server).ping())).message).toContain('redirected more than 5 times');
  });
});

describe('what is read', () => {
  it('is refused when a manifest is larger than the limit, announced or not', async () => {
    const server = await registry();
    let announce = true;
    server.intercept = (_, response) => {
      response.writeHead(200, announce ? { 'content-length': 5000 } : {});
      response.end('x'.repeat(5000));
      return true;
    };
    const client = clientOf(server, { maxManifestBytes: 4999 });
    expect((await failureOf(client.getManifest('a', '1'))).kind).toBe('too-large');
    announce = false;
    expect((await failureOf(client.getManifest('a', '1'))).kind).toBe('too-large');
  });

  it('is refused when it is not as long as it was said to be, however long that is', async () => {
    const server = await registry({ latencyMs: 20 });
    const digest = server.putBlob('a', Buffer.from('x'));
    for (const size of [2, 9e15]) {
      const error = await failureOf(clientOf(server, { retries: 0 }).verifyBlob('a', { digest, size }));
      expect(error.kind).toBe('size-mismatch');
    }
  });

  it('is refused when it does not hash to its digest', async () => {
    const server = await registry();
    const digest = server.putBlob('a', Buffer.from('layer'));
    server.repository('a').blobs.set(digest, Buffer.from('lAyer'));
    const client = clientOf(server);
    expect((await failureOf(client.verifyBlob('a', { digest, size: 5 }))).kind).toBe('digest-mismatch');
    expect((await failureOf(client.verifyBlob('a', { digest, size: 4 }))).kind).toBe('size-mismatch');
    expect((await failureOf(client.verifyBlob('a', { digest, size: 6 }))).kind).toBe('size-mismatch');
  });

  it('is refused when the manifest of a tag is not the one announced', async () => {
    const server = await registry();
    const digest = server.putManifest('a', '1', { mediaType: mediaTypes.index, manifests: [] });
    const stored = server.repository('a').manifests;
    stored.set(digest, { body: Buffer.from('{}'), mediaType: mediaTypes.index });
    expect((await failureOf(clientOf(server).getManifest('a', '1'))).kind).toBe('digest-mismatch');
  });
});

describe('the number of requests', () => {
  it('in flight stays within the limit', async () => {
    const server = await registry({ latencyMs: 5 });
    const digest = server.putBlob('a', Buffer.from('x'));
    let inFlight = 0;
    let most = 0;
    server.intercept = (_, response) => {
      most = Math.max(most, (inFlight += 1));
      response.on('close', () => (inFlight -= 1));
      return false;
    };
    const client = clientOf(server, { maxConcurrentRequests: 3 });
    await Promise.all(Array.from({ length: 30 }, () => client.headBlob('a', digest)));
    expect(most).toBeLessThanOrEqual(3);
  });
});

describe('an address', () => {
  it.each([
    'registry.example',
    'ftp://registry.example',
    'http://u:p@registry.example',
    'http://registry.example/v2',
  ])('%s is refused without being printed', (url) => {
    expect(() => new RegistryClient({ url })).toThrow('write https://host:port');
  });
});
