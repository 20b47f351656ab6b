import type { ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mediaTypes } from '../../../clients/oci/manifest';
import { EXIT } from '../../../programs/exit-code';
import { FakeForgejo } from '../../support/fake-forgejo';
import { retainOnce } from '../../support/retain-once';

const HOUR_MS = 3_600_000;
const blob = { mediaType: 'x/y', digest: `sha256:${'0'.repeat(64)}`, size: 1 };

describe('a forge that is odd', () => {
  let forge: FakeForgejo;
  let owner: { readonly name: string; readonly token: string };
  beforeEach(async () => {
    forge = await new FakeForgejo().start();
    forge.tokens.set('token', forge.owner);
    owner = { name: forge.owner, token: 'token' };
  });
  afterEach(() => forge.stop());

  const push = (name: string, tag: string, createdAtMs: number, more: object = {}): void => {
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.image, config: blob, layers: [] };
    const body = Buffer.from(
      JSON.stringify({ ...manifest, annotations: { seed: `${name} ${tag}` }, ...more }),
    );
    forge.store.push(name, tag, body, mediaTypes.image, createdAtMs);
  };
  const hoursAgo = (hours: number): number => Date.now() - hours * HOUR_MS;
  const tagsOf = (name: string): readonly string[] =>
    forge.store.rows.filter((row) => row.package === name).map((row) => row.name);

  it('with hundreds of newer builds in packages of a longer name loses nothing of its use', async () => {
    for (const version of ['v1', 'v2']) push('app', version, hoursAgo(2_000));
    for (let number = 0; number < 520; number += 1) push('app-web', `w${number}`, hoursAgo(1_000 - number));

    const { code, lines } = await retainOnce(forge.url, owner, { maxDeletionsPerRun: 1 });

    expect(lines.filter((line) => line.includes('could not'))).toEqual([]);
    expect([code, tagsOf('app')]).toEqual([EXIT.done, ['v2']]);
  }, 60_000);

  it('that does not know when something was pushed keeps it, and says so', async () => {
    push('app', 'undated', 0);
    for (const version of ['v1', 'v2']) push('app', version, hoursAgo(100));

    const { code } = await retainOnce(forge.url, owner, { graceHours: 48 });

    expect([code, tagsOf('app')]).toEqual([EXIT.done, ['undated', 'v2']]);
  });

  it('with a signature of what it cannot hold keeps it', async () => {
    const signature = `sha512-${'1'.repeat(64)}.sig`;
    push('app', signature, hoursAgo(9));
    for (const version of ['v1', 'v2']) push('app', version, hoursAgo(8));

    await retainOnce(forge.url, owner);

    expect(tagsOf('app')).toEqual([signature, 'v2']);
  });

  it('that serves a manifest of two meanings keeps its package', async () => {
    push('odd', 'v1', hoursAgo(9), { manifests: [] });
    for (const version of ['v2', 'v3']) for (const name of ['odd', 'app']) push(name, version, hoursAgo(8));

    const { code } = await retainOnce(forge.url, owner);

    expect([code, tagsOf('odd'), tagsOf('app')]).toEqual([EXIT.faults, ['v1', 'v2', 'v3'], ['v3']]);
  });

  type Answer = (response: ServerResponse, list: string) => void;
  const answered =
    (
      status: number,
      headers: Record<string, string> = {},
      body?: (list: string) => string | Buffer,
    ): Answer =>
    (response, list) => {
      response.writeHead(status, { 'x-total-count': '2', ...headers }).end(body?.(list) ?? list);
    };
  const raw =
    (head: string, body = (list: string) => list): Answer =>
    (response, list) => {
      response.socket?.end(`${head}\r\nx-total-count: 2\r\n\r\n${body(list)}`);
    };
  const rows = (change: (row: Record<string, unknown>) => object): Answer =>
    answered(200, {}, (list) => JSON.stringify((JSON.parse(list) as Record<string, unknown>[]).map(change)));
  const chunked = (list: string): string =>
    `${list.length.toString(16)};a=b\r\n${list}\r\n0\r\nx-total-count: 9\r\n\r\n`;
  const untouched = ['v1', 'v2'];

  it.each<[string, Answer, number, readonly string[]]>([
    [
      'after early hints',
      raw('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nconnection: close'),
      EXIT.done,
      ['v2'],
    ],
    ['by HTTP/1.0, until it hangs up', raw('HTTP/1.0 200 OK'), EXIT.done, ['v2']],
    ['by HTTP/1.0, cut', raw('HTTP/1.0 200 OK', (list) => list.slice(0, -9)), EXIT.failed, untouched],
    [
      'in chunks with extensions and trailers',
      raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked', chunked),
      EXIT.done,
      ['v2'],
    ],
    [
      'in chunks and with a length',
      raw('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked', chunked),
      EXIT.failed,
      untouched,
    ],
    ['with a total of another base', answered(200, { 'x-total-count': '0x2' }), EXIT.done, ['v2']],
    ['with a total told twice', answered(200, { 'x-total-count': '2, 2' }), EXIT.failed, untouched],
    ['with a total of 2.5', answered(200, { 'x-total-count': '2.5' }), EXIT.failed, untouched],
    ['as nothing, with 204', answered(204), EXIT.failed, untouched],
    ['as a part, with 206', answered(206, { 'content-range': 'bytes 0-1/9' }), EXIT.failed, untouched],
    ['as unchanged, with 304', answered(304), EXIT.failed, untouched],
    ['with 203 by what transforms it', answered(203), EXIT.done, ['v2']],
    [
      'compressed all the same',
      answered(200, { 'content-encoding': 'br' }, brotliCompressSync),
      EXIT.failed,
      untouched,
    ],
    ['compressed without a word', answered(200, {}, gzipSync), EXIT.failed, untouched],
    [
      'as a page that says 200',
      answered(200, { 'content-type': 'text/html' }, () => '<html>Sign in</html>'),
      EXIT.failed,
      untouched,
    ],
    ['behind a byte order mark', answered(200, {}, (list) => `\ufeff${list}`), EXIT.failed, untouched],
    ['with more behind its end', answered(200, {}, (list) => `${list}[]`), EXIT.failed, untouched],
    ['with numbers as text', rows((row) => ({ ...row, id: String(row['id']) })), EXIT.failed, untouched],
    [
      'with one row twice',
      answered(200, {}, (list) => JSON.stringify([1, 2].map(() => (JSON.parse(list) as object[])[0]))),
      EXIT.failed,
      untouched,
    ],
    ['with one id for all', rows((row) => ({ ...row, id: 7 })), EXIT.failed, untouched],
    [
      'of a leap second',
      rows((row) => ({ ...row, created_at: '2016-12-31T23:59:60Z' })),
      EXIT.failed,
      untouched,
    ],
    ['of the year 0', rows((row) => ({ ...row, created_at: '0001-01-01T00:00:00Z' })), EXIT.done, untouched],
    [
      'of times to come',
      rows((row) => ({ ...row, created_at: '2126-01-01T00:00:00Z' })),
      EXIT.done,
      untouched,
    ],
    [
      'of times with offsets',
      rows((row) => ({
        ...row,
        created_at: row['version'] === 'v1' ? '2026-01-02T00:30:00+02:00' : '2026-01-01T23:00:00Z',
      })),
      EXIT.done,
      ['v2'],
    ],
    [
      'of an owner in another case',
      rows((row) => ({ ...row, owner: { login: 'VIKTOR' } })),
      EXIT.done,
      ['v2'],
    ],
    [
      'of an owner who was renamed',
      rows((row) => ({ ...row, owner: { login: 'victor' } })),
      EXIT.failed,
      untouched,
    ],
    ['of packages named in another case', rows((row) => ({ ...row, name: 'App' })), EXIT.failed, untouched],
    ['of packages named by dots', rows((row) => ({ ...row, name: '..' })), EXIT.failed, untouched],
    [
      'of packages named with an escape',
      rows((row) => ({ ...row, name: 'team%2Fapp' })),
      EXIT.failed,
      untouched,
    ],
    ['of packages named in Greek', rows((row) => ({ ...row, name: 'αpp' })), EXIT.failed, untouched],
    [
      'with fields that nobody knows',
      rows((row) => ({ ...row, __proto__: null, constructor: 1, then: 1 })),
      EXIT.done,
      ['v2'],
    ],
    [
      'with the same field twice',
      answered(200, {}, (list) => list.replace(/"id":/g, '"id":0,"id":')),
      EXIT.done,
      ['v2'],
    ],
  ])(
    'that lists %s ends with the right word, and with what stays',
    async (_, answer, expected, left) => {
      for (const version of ['v1', 'v2']) push('app', version, hoursAgo(version === 'v1' ? 9 : 8));
      forge.intercept = ({ url = '', method }, response) => {
        if (method !== 'GET' || !url.includes('type=container')) return false;
        const page = new URL(url, forge.url).searchParams.get('page');
        const named = forge.store.rows.map(({ id, name, createdAtMs }) => ({
          ...{ id, type: 'container', name: 'app', version: name, owner: { login: forge.owner } },
          created_at: new Date(createdAtMs).toISOString(),
        }));
        if (page !== '1') response.setHeader('x-total-count', named.length).end('[]');
        else if (named.length < 2)
          response.setHeader('x-total-count', named.length).end(JSON.stringify(named));
        else answer(response, JSON.stringify(named.reverse()));
        return true;
      };

      const { code } = await retainOnce(forge.url, owner, { graceHours: 1 });

      expect([code, tagsOf('app')]).toEqual([expected, left]);
    },
    30_000,
  );

  it.each<[string, number, Record<string, string>, string, number]>([
    ['accepted and not made', 202, {}, '<html>', EXIT.failed],
    ['answered by a page', 200, { 'content-type': 'text/html' }, '<html>'.repeat(99), EXIT.failed],
    ['sent elsewhere', 307, { location: '/login' }, '', EXIT.failed],
    ['not allowed by a proxy', 405, { allow: 'GET' }, '', EXIT.failed],
    ['put off for a day', 429, { 'retry-after': '86400' }, '', EXIT.failed],
    [
      'put off until a date long ago',
      503,
      { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' },
      '',
      EXIT.failed,
    ],
    ['put off by less than nothing', 503, { 'retry-after': '-1' }, '', EXIT.failed],
  ])(
    'where a deletion is %s fails',
    async (_, status, headers, body, expected) => {
      for (const version of ['v1', 'v2']) push('app', version, hoursAgo(version === 'v1' ? 9 : 8));
      forge.intercept = ({ url = '', method }, response) => {
        if (method !== 'DELETE' || !url.endsWith('/app/v1')) return false;
        response.writeHead(status, headers).end(body);
        return true;
      };

      const { code, lines } = await retainOnce(forge.url, owner);

      expect([code, tagsOf('app')]).toEqual([expected, untouched]);
      expect(lines.join('\n')).toContain('app:v1 could not be deleted: ');
    },
    30_000,
  );
});
