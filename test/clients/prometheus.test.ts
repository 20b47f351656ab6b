import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { PrometheusApi } from '../../clients/prometheus';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});
/** An API that gives one answer to everything. */
async function answering(body: string, status = 200): Promise<PrometheusApi> {
  const started = createServer((_request, response) => response.writeHead(status).end(body));
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return new PrometheusApi({
    url: `http://127.0.0.1:${(started.address() as AddressInfo).port}`,
    retries: 0,
  });
}
const range = { query: 'max(x)', from: 0, to: 120, stepSeconds: 60 };
const matrix = (result: unknown, more: object = {}): string =>
  JSON.stringify({ status: 'success', data: { resultType: 'matrix', result }, ...more });

test('a moment that has no number has no data', async () => {
  const none = [
    [1, null],
    [2, ''],
    [3, ' '],
    [4, true],
    [5, ['1']],
    [null, '0'],
    [null, null],
  ];
  const values = [[0, '1'], [60, 'NaN'], [120, 'one'], null, 'x', [180], ...none];

  expect(await (await answering(matrix([{ values }]))).range(range)).toEqual(new Map([[0, 1]]));
});

test('a share of nothing, as of a memory limit that is not set, is a number', async () => {
  const values = [
    [0, '+Inf'],
    [60, '-Inf'],
  ];

  expect(await (await answering(matrix([{ values }]))).range(range)).toEqual(
    new Map([
      [0, Infinity],
      [60, -Infinity],
    ]),
  );
});

test('nothing is no series, and no fault', async () => {
  expect(await (await answering(matrix([]))).range(range)).toEqual(new Map());
});

test.each([
  ['two series, of which either may count', matrix([{ values: [] }, { values: [] }]), 'at most one series'],
  ['a series without values', matrix([{}]), 'a series without values'],
  ['no list', matrix(null), 'no list of at most one series'],
  ['no data', '{"status":"success"}', 'answered without data'],
  ['half an answer', matrix([], { status: 'error' }), 'answered without data'],
  ['null', 'null', 'answered without data'],
  ['a page of something else', '<html>', 'JSON'],
  [
    'a store that did not answer',
    matrix([], { warnings: ['remote read failed'] }),
    'not sure to have told all',
  ],
])('%s is no answer', async (_name, body, message) => {
  await expect((await answering(body)).range(range)).rejects.toThrow(message);
});

test('an expression that it refuses is no answer', async () => {
  await expect((await answering('{"status":"error"}', 422)).range(range)).rejects.toThrow('422');
});

test.each([
  ['[{"rules":[{"name":"A"},{"name":1},null]},null,{}]', ['A']],
  ['[]', []],
  ['[{"rules":[{"name":"A","health":"err"},{"name":"A","health":"ok"},{"name":"B","health":"ok"}]}]', ['B']],
])('rules by name: %s', async (groups, names) => {
  expect([
    ...(await (await answering(`{"status":"success","data":{"groups":${groups}}}`)).alertNames()),
  ]).toEqual(names);
});

test('rules that are no list are no answer', async () => {
  await expect((await answering('{"status":"success","data":{}}')).alertNames()).rejects.toThrow(
    'no list of groups',
  );
});
