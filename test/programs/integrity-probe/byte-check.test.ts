import { describe, expect, it } from '@jest/globals';
import { ByteCheck, type ByteCheckProps } from '../../../programs/integrity-probe/byte-check';
import { slotAt } from '../../../programs/integrity-probe/slot';
import { RegistryError } from '../../../clients/http/errors';
import { sha256 } from '../../support/fake-registry';

const minute = 60_000;
const day = 24 * 60 * minute;
const blobs = Array.from({ length: 400 }, (_, index) => ({
  mediaType: 'application/octet-stream',
  digest: sha256(Buffer.from(String(index))),
  size: 100,
}));

function checkOf(props: Partial<ByteCheckProps> = {}): ByteCheck {
  return new ByteCheck({
    rereadMs: 7 * day,
    deployedRereadMs: day,
    maxBytesPerRun: Infinity,
    slot: slotAt(0, 15 * minute),
    ...props,
  });
}

const intact = async (): Promise<void> => Promise.resolve();

describe('the byte check', () => {
  it('reads everything once in the days of a round, what is deployed once a day', async () => {
    const read = new Map<string, number>();
    for (let run = 0; run < 7 * 96; run += 1) {
      const check = checkOf({ slot: slotAt(run * 15 * minute, 15 * minute) });
      for (const [index, blob] of blobs.entries()) {
        const { bytes } = await check.verify(blob, index < 10, intact);
        if (bytes === 'intact') read.set(blob.digest, (read.get(blob.digest) ?? 0) + 1);
      }
    }
    expect(blobs.map(({ digest }) => read.get(digest))).toEqual(
      blobs.map((_, index) => (index < 10 ? 7 : 1)),
    );
  });

  it('reads no further than its budget, and accounts for what it left', async () => {
    const check = checkOf({ rereadMs: 0, deployedRereadMs: 0, maxBytesPerRun: 1050 });
    for (const blob of blobs) await check.verify(blob, false, intact);
    expect(check).toMatchObject({ hashedBytes: 1000, unreadBytes: 39_000 });
  });

  it('reads a blob that is larger than the whole budget when it comes first', async () => {
    const check = checkOf({ rereadMs: 0, maxBytesPerRun: 10 });
    const [first, second] = blobs;
    if (first === undefined || second === undefined) throw new Error('no blobs');
    expect(await check.verify(first, false, intact)).toEqual({ bytes: 'intact', here: true });
    expect(await check.verify(second, false, intact)).toEqual({ bytes: 'unread', here: false });
  });

  it('tells the age of the oldest bytes: under a round when all had their turn, a whole one when the budget is short', async () => {
    const enough = checkOf();
    for (const blob of blobs) await enough.verify(blob, false, intact);
    expect(enough.oldestUnverifiedAgeMs).toBeGreaterThan(6 * day);
    expect(enough.oldestUnverifiedAgeMs).toBeLessThan(7 * day);
    const short = checkOf({ rereadMs: 1 * minute, maxBytesPerRun: 0 });
    for (const blob of blobs) await short.verify(blob, false, intact);
    expect(short.oldestUnverifiedAgeMs).toBe(minute);
  });

  it('reads shared bytes once and remembers that they are damaged, but not that they could not be had', async () => {
    const [blob] = blobs;
    if (blob === undefined) throw new Error('no blobs');
    const failing = (kind: 'digest-mismatch' | 'not-found') => async (): Promise<void> =>
      Promise.reject(new RegistryError({ kind, method: 'GET', url: new URL('http://a'), detail: kind }));
    const check = checkOf({ rereadMs: 0 });
    await expect(check.verify(blob, false, failing('not-found'))).rejects.toThrow('not-found');
    const damaged = await check.verify(blob, false, failing('digest-mismatch'));
    expect(damaged).toMatchObject({ bytes: { kind: 'digest-mismatch' }, here: true });
    expect(await check.verify(blob, false, intact)).toEqual({ ...damaged, here: false });
  });
});
