import { expect, test } from '@jest/globals';
import { Ledger } from '../../apply/ledger';
import { ledgerContract } from '../support/ledger-contract';
import { MemoryKv } from '../support/memory-kv';

const kv = new MemoryKv();
ledgerContract('in memory', () => kv, 'applied');

test('a record that was deleted is not taken for one that never was: an older commit would be let in', async () => {
  const versionOf = (version: number) => ({
    read: () => Promise.resolve({ version, data: {}, customMetadata: {} }),
    write: () => Promise.reject(new Error('nothing is written')),
  });
  const lost = new Ledger(versionOf(3), 'applied');
  const told = /^applied: holds no record any more, got version 3 without keys; .*vault kv undelete/;
  await expect(lost.all()).rejects.toThrow(told);
  await expect(lost.change('a', () => undefined)).rejects.toThrow(told);
  expect((await new Ledger(versionOf(0), 'applied').all()).size).toBe(0);
});
