import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { VaultKv, type VaultKvProps } from '../../../clients/vault/kv';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server that answers in Vault's place. */
async function serve(answer: (request: IncomingMessage) => Answer, host = '127.0.0.1'): Promise<string> {
  const server = createServer((request, response) => {
    const { status, body, headers = { 'content-type': 'application/json' } } = answer(request);
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  servers.push(server);
  await once(server.listen(0, host), 'listening');
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const vault = (address: string, more: Partial<VaultKvProps> = {}): VaultKv =>
  new VaultKv({ address, token: 'hvs.canary', retries: 0, timeoutMs: 3_000, ...more });
const html = { 'content-type': 'text/html' };
const mounted = { data: { type: 'kv', options: { version: '2' } } };

test.each<[string, Answer, RegExp]>([
  [
    'is sealed',
    { status: 503, body: { errors: ['Vault is sealed'] } },
    /: it is sealed.*; vault operator unseal$/,
  ],
  [
    'is a page in front of it',
    { status: 503, headers: html, body: '<h1>no server</h1>' },
    /got 503; (?!.*unseal).*VAULT_ADDR/,
  ],
  [
    'has too many to answer',
    { status: 429, body: { errors: ['request path "sys": rate limit quota exceeded'] } },
    /got 429 "request path "sys": rate limit quota exceeded"; (?!.*active)/,
  ],
  [
    'knows no leader',
    { status: 500, body: { errors: ['local node not active but active cluster node not found'] } },
    /got 500 "local node not active/,
  ],
  [
    'refuses the token',
    { status: 403, body: { errors: ['permission denied'] } },
    /the token is expired, unknown or may see nothing below the mount "secret", got 403; log in again/,
  ],
  [
    'has an engine of version 1',
    { status: 200, body: { data: { type: 'kv', options: { version: '1' } } } },
    /got kv 1; vault kv enable-versioning secret/,
  ],
  [
    'has one that says no version',
    { status: 200, body: { data: { type: 'kv', options: null } } },
    /got kv 1; vault kv enable-versioning secret/,
  ],
  [
    'has another engine there',
    { status: 200, body: { data: { type: 'pki', options: null } } },
    /"secret" is no KV engine of version 2, got pki; (?!.*enable-versioning).*name the right mount/,
  ],
  [
    'says nothing of mounts',
    { status: 200, body: {} },
    /(?!.*enable-versioning).*correct VAULT_ADDR if this is no Vault/,
  ],
  [
    'answers null',
    { status: 200, body: null },
    /(?!.*enable-versioning).*correct VAULT_ADDR if this is no Vault/,
  ],
  ['is a page', { status: 200, headers: html, body: '<html></html>' }, /is not JSON; .*correct VAULT_ADDR/],
])('a Vault that %s is named', async (_, answer, told) => {
  const [fault, ...others] = await vault(await serve(() => answer)).faults();
  expect(fault).toMatch(told);
  expect(fault).toMatch(/^vault at http:\/\/127\.0\.0\.1:\d+: /);
  expect(others).toEqual([]);
});

test('a standby that sends to the active one is named with where it sends, which is not shown the token', async () => {
  const heard: string[] = [];
  const active = await serve(({ rawHeaders }) => {
    heard.push(rawHeaders.join());
    return { status: 400, body: { errors: ['missing client token'] } };
  });
  const standby = await serve(({ url = '' }) => ({ status: 307, headers: { location: `${active}${url}` } }));
  expect((await vault(standby).faults()).join()).toMatch(
    new RegExp(
      `${active}/v1/.*refused after a redirect, got 400 "missing client token"; where Vault itself is at ${active}, set VAULT_ADDR to that$`,
    ),
  );
  expect(heard.join()).not.toContain('canary');
});

test('the address of an IPv6 host, and an engine below another path, are asked as they are', async () => {
  const asked: string[] = [];
  const address = await serve(({ url = '' }) => {
    asked.push(url);
    return { status: 200, body: mounted };
  }, '::1');
  expect(await vault(address, { mount: 'team/kv' }).faults()).toEqual([]);
  expect(asked).toEqual(['/v1/sys/internal/ui/mounts/team/kv']);
});

test('a secret whose versions are deleted, or that has none, is read as the version that a write must name', async () => {
  const metadata: Record<string, object> = {
    deleted: { current_version: 3, versions: { 3: { destroyed: false } }, custom_metadata: null },
    bare: { current_version: 0, versions: {}, custom_metadata: { owner: 'x' } },
  };
  const address = await serve(({ url = '' }) => {
    const [, part, name = ''] = /^\/v1\/secret\/(\w+)\/(\w+)$/.exec(url) ?? [];
    const found = metadata[name];
    if (found === undefined) return { status: 404, body: { errors: [] } };
    if (part === 'metadata') return { status: 200, body: { data: found } };
    return { status: 404, body: { data: { data: null, metadata: { version: 3, deletion_time: 'then' } } } };
  });
  expect(await vault(address).read('deleted')).toEqual({ version: 3, data: {}, customMetadata: {} });
  expect(await vault(address).read('bare')).toEqual({ version: 0, data: {}, customMetadata: { owner: 'x' } });
  expect(await vault(address).read('absent')).toEqual({ version: 0, data: {}, customMetadata: {} });
});

test('a path that the token may not is told with what to do about it', async () => {
  const address = await serve(() => ({
    status: 403,
    body: { errors: ['1 error occurred:\n\t* permission denied\n\n'] },
  }));
  await expect(vault(address).read('viktor')).rejects.toThrow(
    /^GET http:\S+\/v1\/secret\/metadata\/viktor: refused, got 403 "1 error occurred:.* permission denied.*"; use a Vault token whose policy allows this path$/,
  );
});

test.each([
  ['the token', ({ headers }: IncomingMessage) => JSON.stringify({ errors: [headers.authorization] })],
  ['a value that was to be written', () => JSON.stringify({ errors: ['bad value: s3cret&<>"\nof lines'] })],
  ['one that JSON may spell otherwise', () => '{"errors":["bad value: s3cret\\u0026<>\\"\\nof lines"]}'],
])('an answer that repeats %s is not shown', async (_, body) => {
  const address = await serve((request) => ({ status: 400, body: body(request) }));
  const before = { version: 1, data: {}, customMetadata: {} };
  const write = vault(address).write('viktor', before, { key: 's3cret&<>"\nof lines' });

  await expect(write).rejects.toThrow(/refused, got 400$/);
});
