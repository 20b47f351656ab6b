import { describe, expect, it } from '@jest/globals';
import { ByteCheck, type ByteCheckProps } from '../../../programs/integrity-probe/byte-check';
import { isDue } from '../../../programs/integrity-probe/slot';
import { ServerError } from '../../../clients/http/errors';
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
    slot: { sinceMs: -15 * minute, untilMs: 0 },
    ...props,
  });
}

const intact = async (): Promise<void> => Promise.resolve();

describe('the byte check', () => {
  it('reads everything once in the days of a round, what is deployed once a day', async () => {
    const read = new Map<string, number>();
    for (let run = 0; run < 7 * 96; run += 1) {
      const check = checkOf({ slot: { sinceMs: (run - 1) * 15 * minute, untilMs: run * 15 * minute } });
      for (const [index, blob] of blobs.entries()) {
        const { bytes } = await check.verify(blob, index < 10, intact);
        if (bytes === 'intact') read.set(blob.digest, (read.get(blob.digest) ?? 0) + 1);
      }
    }
    expect(blobs.map(({ digest }) => read.get(digest))).toEqual(
      blobs.map((_, index) => (index < 10 ? 7 : 1)),
    );
  });

  it('begins no blob once its budget is spent, and accounts for what it left', async () => {
    const check = checkOf({ rereadMs: 0, deployedRereadMs: 0, maxBytesPerRun: 1050 });
    for (const blob of blobs) await check.verify(blob, false, intact);
    expect(check).toMatchObject({ hashedBytes: 1100, hashedBlobs: 11, unreadBytes: 38_900 });
  });

  it('reads a blob that is larger than the whole budget', async () => {
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
    const slot = { sinceMs: 0, untilMs: 15 * minute };
    const short = checkOf({ rereadMs: 15 * minute, maxBytesPerRun: 0, slot });
    for (const blob of blobs) await short.verify(blob, false, intact);
    expect(short.oldestUnverifiedAgeMs).toBeGreaterThan(29 * minute);
    expect(short.oldestUnverifiedAgeMs).toBeLessThan(30 * minute);
  });

  it('has done all turns of its slot, or those before the first one that the budget left', async () => {
    const slot = { sinceMs: 0, untilMs: 7 * day };
    const enough = checkOf({ slot });
    for (const blob of blobs) await enough.verify(blob, false, intact);
    expect(enough.readUntilMs).toBe(slot.untilMs);
    const short = checkOf({ slot, maxBytesPerRun: 10_000 });
    const left = [];
    for (const blob of blobs)
      if ((await short.verify(blob, false, intact)).bytes === 'unread') left.push(blob);
    expect(left).toHaveLength(300);
    const next = { sinceMs: short.readUntilMs, untilMs: slot.untilMs };
    expect(left.every(({ digest }) => isDue(digest, 7 * day, next))).toBe(true);
    expect(left.some(({ digest }) => !isDue(digest, 7 * day, { ...next, sinceMs: next.sinceMs + 2 }))).toBe(
      true,
    );
  });

  it('reads what is suspected whatever its turn and the budget, and tells what was healed', async () => {
    const [healed, damaged, other] = blobs;
    if (healed === undefined || damaged === undefined || other === undefined) throw new Error('no blobs');
    const slot = { sinceMs: 0, untilMs: 0 };
    const check = checkOf({
      slot,
      maxBytesPerRun: 0,
      suspects: new Set([healed.digest, damaged.digest, 'gone']),
    });
    const mismatch = {
      kind: 'digest-mismatch',
      method: 'GET',
      url: new URL('http://a'),
      detail: '',
    } as const;
    expect(await check.verify(healed, false, intact)).toEqual({ bytes: 'intact', here: true });
    await check.verify(damaged, false, () => Promise.reject(new ServerError(mismatch)));
    expect(await check.verify(other, false, intact)).toEqual({ bytes: 'unread', here: false });
    expect([...check.healed]).toEqual([healed.digest]);
    expect([...check.named]).toEqual([healed.digest, damaged.digest]);
  });

  it('has its whole budget left beside a suspect, whatever size somebody wrote for it', async () => {
    const [liar, other] = blobs;
    if (liar === undefined || other === undefined) throw new Error('no blobs');
    const check = checkOf({ rereadMs: 0, maxBytesPerRun: 1000, suspects: new Set([liar.digest]) });
    const mismatch = { kind: 'size-mismatch', method: 'GET', url: new URL('http://a'), detail: '' } as const;
    const reading = check.verify({ ...liar, size: Number.MAX_SAFE_INTEGER }, false, () =>
      Promise.reject(new ServerError(mismatch)),
    );
    expect((await check.verify(other, false, intact)).bytes).toBe('intact');
    await reading;
    expect(check.unreadBytes).toBe(0);
  });

  it('reads shared bytes once and remembers that they are damaged, but not that they could not be had', async () => {
    const [blob] = blobs;
    if (blob === undefined) throw new Error('no blobs');
    const failing = (kind: 'digest-mismatch' | 'not-found') => async (): Promise<void> =>
      Promise.reject(new ServerError({ kind, method: 'GET', url: new URL('http://a'), detail: kind }));
    const check = checkOf({ rereadMs: 0 });
    await expect(check.verify(blob, false, failing('not-found'))).rejects.toThrow('not-found');
    const damaged = await check.verify(blob, false, failing('digest-mismatch'));
    expect(damaged).toMatchObject({ bytes: { kind: 'digest-mismatch' }, here: true });
    expect(await check.verify(blob, false, intact)).toEqual({ ...damaged, here: false });
  });
});
