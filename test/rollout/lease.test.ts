import { describe, expect, test } from '@jest/globals';
import { acquireLease, type HeldLease } from '../../rollout/lease';
import { answering } from './fixture';

const at = Date.parse('2026-06-01T12:00:00Z');
const lease = (holderIdentity: string, renewTime: string): string =>
  JSON.stringify({ metadata: { resourceVersion: '9' }, spec: { holderIdentity, renewTime } });
const take = (
  answers: Parameters<typeof answering>[0],
  { running = false, nowMs = at }: { running?: boolean; nowMs?: number } = {},
): { run: ReturnType<typeof answering>; held: Promise<HeldLease> } => {
  const run = answering(answers);
  const props = { run, host: 'laptop', pid: 7, now: () => new Date(nowMs), isRunning: () => running };
  return { run, held: acquireLease(props) };
};

describe('the lease of a rollout', () => {
  test('is created when there is none', async () => {
    const { run, held } = take({});
    await held;
    expect(run.asked[1]).toBe('kubectl --request-timeout=150s create -f -');
  });

  test('is refused while its holder renews it', async () => {
    const { held } = take({ 'get lease': { stdout: lease('desktop/1', '2026-06-01T11:56:00.000000Z') } });
    await expect(held).rejects.toThrow('another rollout runs, got "desktop/1"; wait for it');
  });

  test('is taken over from a process of this machine that has ended, at once', async () => {
    const taken = { 'get lease': { stdout: lease('laptop/5', '2026-06-01T11:59:59.000000Z') } };
    await expect(take(taken, { running: true }).held).rejects.toThrow('got "laptop/5"');
    const { run, held } = take(taken);
    await held;
    expect(run.asked[1]).toBe('kubectl --request-timeout=150s replace -f -');
  });

  test('is taken over from another machine after five minutes of silence', async () => {
    const { run, held } = take({
      'get lease': { stdout: lease('desktop/1', '2026-06-01T11:54:00.000000Z') },
    });
    await held;
    expect(run.asked[1]).toBe('kubectl --request-timeout=150s replace -f -');
  });

  test('is not taken when somebody was faster', async () => {
    const { held } = take({ create: { code: 1, stderr: 'Error from server (AlreadyExists)' } });
    await expect(held).rejects.toThrow('could not be taken, got "Error from server (AlreadyExists)"');
  });

  test('stops a rollout that has lost it', async () => {
    let nowMs = at;
    const run = answering({ patch: { code: 1, stderr: 'the server rejected our request' } });
    const props = { run, host: 'laptop', pid: 7, now: () => new Date(nowMs), isRunning: () => true };
    const held = await acquireLease(props);
    await held.renew();
    nowMs += 20_000;
    await expect(held.renew()).rejects.toThrow('was lost, got "the server rejected our request"');
    await held.release();
    expect(run.asked.join('\n')).not.toContain('delete');
  });
});
