import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { Ledger } from '../../apply/ledger';
import { VaultKv } from '../../clients/vault/kv';
import { Refused } from '../../steps/refused';
import { ledgerContract } from '../support/ledger-contract';
import { MemoryKv } from '../support/memory-kv';

const kv = new MemoryKv();
ledgerContract('in memory', () => kv, 'applied');

test('a record that was deleted is not taken for one that never was: an older commit would be let in', async () => {
  const versionOf = (version: number) => ({
    faults: () => Promise.resolve([]),
    read: () => Promise.resolve({ version, data: {}, customMetadata: {} }),
    write: () => Promise.reject(new Error('nothing is written')),
  });
  const lost = new Ledger(versionOf(3), 'applied');
  const told = /^applied: holds no record any more, got version 3 without keys; .*vault kv undelete/;
  await expect(lost.all()).rejects.toThrow(told);
  await expect(lost.change('a', () => undefined)).rejects.toThrow(told);
  expect((await new Ledger(versionOf(0), 'applied').all()).size).toBe(0);
});

test('a record in an engine of version 1, which would be asked in vain and written beside, is refused', async () => {
  const mounts = { data: { type: 'kv', options: { version: '1' } } };
  const written: string[] = [];
  const server = createServer(({ method = '', url = '' }, response) => {
    if (method === 'POST') written.push(url);
    const isMount = url.startsWith('/v1/sys/internal/ui/mounts/');
    response.writeHead(isMount ? 200 : 404).end(JSON.stringify(isMount ? mounts : { errors: [] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const all = new Ledger(new VaultKv({ address, token: 'hvs.a' }), 'applied').all();
  const refusal = await all.catch((error: unknown) => error);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(refusal).toBeInstanceOf(Refused);
  expect([String(refusal), written]).toEqual([
    expect.stringContaining('no KV engine of version 2, got kv 1'),
    [],
  ]);
});
