import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { whyNoForgejo } from '../../../clients/forgejo/why-no-forgejo';
import { smoke } from '../../../commands/smoke';
import { estate } from '../../../estate';
import { call } from '../../support/call';

const signIn = '{"message":"Only signed in user is allowed to call APIs."}';
const json = { 'content-type': 'application/json' };

/** What answers at the address, and what was heard of credentials there. */
let answer: (response: ServerResponse, path: string) => unknown;
let heard: string[] = [];
let server: Server;
let real: Server;
const urlOf = (of: Server): string => `http://127.0.0.1:${(of.address() as AddressInfo).port}`;
const says =
  (status: number, body: string, headers: Readonly<Record<string, string>> = json) =>
  (response: ServerResponse): unknown =>
    response.writeHead(status, headers).end(body);

beforeAll(async () => {
  real = createServer((_, response) => says(200, '{"version":"11.0.1"}')(response));
  server = createServer(({ url = '', headers }, response) => {
    const { authorization } = headers;
    // It is the Vault of whom it asks too, who may hear of Vault's token.
    if (url.startsWith('/v1/sys/internal'))
      says(200, '{"data":{"type":"kv","options":{"version":"2"}}}')(response);
    else if (url.startsWith('/v1/')) {
      const keys = Object.values(estate.tokens).map(({ vault: { key } }) => [key, 'f'.repeat(40)]);
      says(200, JSON.stringify({ data: { data: Object.fromEntries(keys) as object } }))(response);
    } else {
      if (authorization !== undefined || headers['x-forgejo-otp'] !== undefined) heard.push(url);
      answer(response, url);
    }
  });
  for (const each of [server, real]) await once(each.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  heard = [];
});
afterAll(() => {
  for (const each of [server, real]) {
    each.closeAllConnections();
    each.close();
  }
});

const strangers: readonly [string, typeof answer, RegExp][] = [
  ['a page', says(200, '<html>Welcome</html>', { 'content-type': 'text/html' }), /got no version/],
  ['an object of another kind', says(200, '{"version":11}'), /got no version/],
  ['nothing', says(200, 'null'), /got no version/],
  ['more than a version needs', says(200, `"${'x'.repeat(10_000)}"`), /got no version/],
  ['a wish for a login', says(401, '', { 'www-authenticate': 'Basic realm="all"' }), /got 401/],
  ['a refusal of its own', says(403, '{"message":"signed in user only"}'), /got 403/],
  ['that it is not there', says(404, '{"message":"none"}'), /got 404/],
  [
    'the address of a real one',
    (response, path) => response.writeHead(302, { location: `${urlOf(real)}${path}` }).end(),
    /got a redirect to http:\/\/127/,
  ],
];

describe.each(strangers)('a server that answers %s', (_, stranger, why) => {
  test('is no Forgejo, and hears no password and no token', async () => {
    answer = stranger;
    const environment = {
      ...{ FORGEJO_ADMIN_USER: 'keeper', FORGEJO_ADMIN_PASSWORD: 'open sesame', FORGEJO_ADMIN_OTP: '314159' },
      ...{ VAULT_ADDR: urlOf(server), VAULT_TOKEN: 'v', WOODPECKER_TOKEN: 'w' },
    };
    const verbs = [
      smoke(() => estate, { run: () => Promise.reject(new Error('ran')), mount: 'secret', folder: '/' }),
    ];
    const at = ['--forgejo', urlOf(server)];
    for (const called of [
      await call(['bootstrap', 'apply', ...at], { environment }),
      await call(['onboard', 'fire-planner', 'apply', ...at], { environment }),
      await call(['smoke', ...at], { environment, verbs }),
    ])
      expect([called.code, called.err, heard]).toEqual([3, expect.stringMatching(why), []]);
  });
});

test.each([
  ['its version', says(200, '{"version":"11.0.1+gitea-1.22.0"}')],
  ['that visitors see nothing', says(403, signIn)],
])('one that answers %s is one', async (_, forgejo) => {
  answer = forgejo;
  expect(await whyNoForgejo(urlOf(server))).toBeUndefined();
});
