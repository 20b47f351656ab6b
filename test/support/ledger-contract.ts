/* eslint jest/no-export: off -- one suite, a ledger in memory and one in Vault */
import { describe, expect, test } from '@jest/globals';
import { Ledger } from '../../apply/ledger';
import type { StackRecord } from '../../apply/record';
import type { VaultKv } from '../../clients/vault/kv';

const at = (digit: string): StackRecord => ({
  applied: { commit: digit.repeat(40), hash: digit.repeat(64) },
});

/** What a ledger relies on, whatever keeps it. @param path that nothing else uses */
export function ledgerContract(
  name: string,
  kvOf: () => Pick<VaultKv, 'faults' | 'read' | 'write'>,
  path: string,
): void {
  describe(`a ledger ${name}`, () => {
    const ledger = (): Ledger => new Ledger(kvOf(), path);

    test('is empty at first, and gives back what was written, each stack by itself', async () => {
      expect([...(await ledger().all()).keys()]).toEqual([]);
      await ledger().change('a', (before) => {
        expect(before).toEqual({});
        return at('1');
      });
      await ledger().change('b', () => at('2'));
      await ledger().change('b', () => undefined);

      expect([...(await ledger().all()).keys()].sort()).toEqual(['a', 'b']);
      await ledger().change('a', (before) => {
        expect(before).toEqual(at('1'));
        return undefined;
      });
    });

    test('loses nothing that two write at once: each is decided by what the other left', async () => {
      const hands = Array.from({ length: 8 }, (_, index) => index);
      const count = ({ begun }: StackRecord): number => begun?.untilMs ?? 0;
      await Promise.all(
        hands.map((hand) =>
          ledger().change('counted', (before) => ({
            begun: {
              ...(at('3').applied ?? { commit: '', hash: '' }),
              holder: `${hand}`,
              untilMs: count(before) + 1,
            },
          })),
        ),
      );
      await ledger().change('counted', (record) => {
        expect(count(record)).toBe(hands.length);
        return undefined;
      });
    });

    test('takes an empty text for none', async () => {
      await kvOf().write(path, await kvOf().read(path), { a: '' });
      expect((await ledger().all()).has('a')).toBe(false);
      await ledger().change('a', (before) => {
        expect(before).toEqual({});
        return undefined;
      });
    });
  });
}
