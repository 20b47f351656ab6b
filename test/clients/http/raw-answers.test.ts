import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { ServerError } from '../../../clients/http/errors';
import type { TransportProps } from '../../../clients/http/transport';
import { RegistryClient } from '../../../clients/oci/client';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A server that answers each request, by its head, with bytes of any kind. */
async function serve(answer: (head: string, socket: Socket) => string): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (head) => socket.write(answer(head.toString('latin1'), socket)));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function failure(url: string, props: Partial<TransportProps> = {}): Promise<ServerError> {
  const client = new RegistryClient({ url, timeoutMs: 2_000, retries: 0, ...props });
  const error: unknown = await client.getManifest('a', '1').catch((reason: unknown) => reason);
  if (error instanceof ServerError) return error;
  throw new Error('no ServerError');
}

const json = (text: string, headers = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n${headers}\r\n${text}`;

it.each([
  [
    'a change of protocol',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    'unreachable',
  ],
  ['interim answers without end', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(50), 'unreachable'],
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n', 'malformed'],
  ['a header without end', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(40_000)}`, 'malformed'],
  ['a body of which one byte comes', 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nx', 'timeout'],
  ['a body that is announced too large', 'HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\nx', 'too-large'],
  ['a document too large in memory', json(`[${'{},'.repeat(20_000)}{}]`), 'too-large'],
  [
    'a compressed answer to who asked for it as it is',
    json('{"config":{},"layers":[]}', 'content-encoding: gzip\r\n'),
    'unexpected',
  ],
  ['a part of what was asked for whole', json('{}').replace('200 OK', '206 Partial'), 'unexpected'],
  ['a document too deep', json('['.repeat(10_000)), 'too-large'],
])('%s is an error', async (_, bytes, kind) => {
  expect((await failure(await serve(() => bytes), { timeoutMs: 500 })).kind).toBe(kind);
});

it('an answer that is cut short is an error of that answer alone', async () => {
  const url = await serve((_, socket) => {
    setImmediate(() => socket.end());
    return 'HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"layers';
  });
  expect((await failure(url)).kind).toBe('cut-short');
});

it('what a server writes is one line without controls in the message, and short', async () => {
  const body = JSON.stringify({
    errors: [
      { code: `\u001b[2J\nretention: viktor/app:v19 deleted\n${'x'.repeat(3_000)}`, message: '\u202e' },
    ],
  });
  const { message } = await failure(
    await serve(() => `HTTP/1.1 418 I\r\ncontent-length: ${body.length + 2}\r\n\r\n${body}`),
  );
  expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(message.length).toBeLessThan(600);
});

it('who was redirected to never gets the credentials, whatever it asks for', async () => {
  const heard: string[] = [];
  const stranger = await serve((head) => {
    heard.push(head);
    return 'HTTP/1.1 401 No\r\nwww-authenticate: Bearer realm="/steal",service="x",scope="y"\r\ncontent-length: 0\r\n\r\n';
  });
  const url = await serve((head) =>
    head.includes('authorization')
      ? `HTTP/1.1 307 Go\r\nlocation: ${stranger}/v2/a\r\ncontent-length: 0\r\n\r\n`
      : 'HTTP/1.1 401 No\r\nwww-authenticate: Basic realm="x"\r\ncontent-length: 0\r\n\r\n',
  );
  const error = await failure(url, { credentials: { username: 'user', password: 'token' } });

  expect(error.kind).toBe('unexpected');
  expect(heard).toHaveLength(1);
  expect(heard.join('').toLowerCase()).not.toContain('authorization');
});

it.each(['//STRANGER/v2/steal', 'http://forge.example//STRANGER/v2/steal', '/\\\\STRANGER/v2/steal'])(
  'a next page and an upload at %s are asked for at the own address, with the credentials',
  async (address) => {
    const heard: string[] = [];
    const stranger = await serve((head) => {
      heard.push(head);
      return json('{"repositories":["a"]}');
    });
    const there = address.replace('STRANGER', new URL(stranger).host);
    const own: string[] = [];
    const url = await serve((head) => {
      own.push(head.split(' HTTP')[0] ?? '');
      return head.includes('authorization')
        ? json(
            own.length > 4 ? '{"repositories":[]}' : '{"repositories":["a"]}',
            `link: <${there}>; rel="next"\r\nlocation: ${there}\r\n`,
          )
        : 'HTTP/1.1 401 No\r\nwww-authenticate: Basic realm="x"\r\ncontent-length: 0\r\n\r\n';
    });
    const client = new RegistryClient({
      url,
      retries: 0,
      credentials: { username: 'user', password: 'token' },
    });
    const read = async (): Promise<void> => {
      for await (const name of client.catalog()) expect(name).toBe('a');
    };
    await read().catch(() => undefined);
    await client.putBlob('a', Buffer.from('x')).catch(() => undefined);

    expect(heard).toEqual([]);
    expect(own.some((each) => each.includes('/v2/steal'))).toBe(true);
  },
);

it('a token service at a host that nobody declared is not asked', async () => {
  const heard: string[] = [];
  const stranger = await serve((head) => {
    heard.push(head);
    return json('{"token":"x"}');
  });
  const url = await serve(
    () =>
      `HTTP/1.1 401 No\r\nwww-authenticate: Bearer realm="${stranger}/token"\r\ncontent-length: 0\r\n\r\n`,
  );
  const credentials = { username: 'user', password: 'token' };

  expect((await failure(url, { credentials })).kind).toBe('unauthorized');
  expect(heard).toEqual([]);
  await failure(url, { credentials, realmHosts: [new URL(stranger).host] });
  expect(heard.join('')).toContain('authorization: Basic');
});

it('a token service that redirects is not followed, and the message says why', async () => {
  const heard: string[] = [];
  const stranger = await serve((head) => {
    heard.push(head);
    return json('{"token":"x"}');
  });
  const url = await serve((head) =>
    head.startsWith('GET /token')
      ? `HTTP/1.1 307 Go\r\nlocation: ${stranger}/token\r\ncontent-length: 0\r\n\r\n`
      : 'HTTP/1.1 401 No\r\nwww-authenticate: Bearer realm="/token"\r\ncontent-length: 0\r\n\r\n',
  );
  const { kind, message } = await failure(url, { credentials: { username: 'user', password: 'token' } });

  expect(kind).toBe('unauthorized');
  expect(message).toContain('the token service redirects, and credentials follow no redirect');
  expect(heard.join('').toLowerCase()).not.toContain('authorization');
});

it('what a server sent too much of an answer is not taken for the beginning of the next one', async () => {
  let requests = 0;
  const url = await serve(() => {
    requests += 1;
    return requests === 1 ? `${json('{}')}garbage` : json('{}');
  });
  const client = new RegistryClient({ url, retries: 1, retryDelayMs: 1 });
  for (let time = 0; time < 3; time += 1) await client.getManifest('a', '1');

  expect(requests).toBeGreaterThanOrEqual(3);
});

it('pages in a circle end the reading', async () => {
  let requests = 0;
  const url = await serve((head) => {
    requests += 1;
    const next = head.includes('p=b') ? 'a' : 'b';
    return json('{"repositories":[]}', `link: </v2/_catalog?p=${next}>; rel="next"\r\n`);
  });
  const client = new RegistryClient({ url, retries: 0 });
  const names = async (): Promise<string[]> => {
    const all: string[] = [];
    for await (const name of client.catalog()) all.push(name);
    return all;
  };

  await expect(names()).rejects.toThrow('leads back to a page that it had before');
  expect(requests).toBe(3);
});
