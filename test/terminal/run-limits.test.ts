import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { run, type RunLimits } from '../../terminal/run';

const generous: RunLimits = { seconds: 60, bytes: 1_000_000, graceSeconds: 1 };
const sh = (script: string, limits: Partial<RunLimits>): ReturnType<typeof run> =>
  run('sh', ['-c', script], { limits: { ...generous, ...limits } });

describe('a program within limits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('is left alone when it keeps them', async () => {
    expect(await sh('echo out; echo err >&2; exit 3', {})).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  test('that never stops printing is ended, and what it printed is not kept for ever', async () => {
    const { code, stdout, stderr } = await sh('while :; do echo aaaaaaaaaaaaaaaa; done', { bytes: 10_000 });
    expect([code, stderr]).toEqual([1, 'ended: it printed more than 10000 bytes\n']);
    expect(stdout.length).toBeLessThan(1_000_000);
  });

  test('that never ends is ended, though it does not listen, with everything that it started', async () => {
    const file = join(folder, 'child');
    // The child would write after its parent is gone.
    const script = `trap '' INT; (trap '' INT; sleep 3; touch ${file}) & while :; do sleep 0.1; done`;
    const { code, stderr } = await sh(script, { seconds: 0.2, graceSeconds: 0.2 });
    expect([code, stderr]).toEqual([1, 'ended: it ran longer than 0.2 s\n']);
    await sleep(3500);
    expect(existsSync(file)).toBe(false);
  });

  test('passes bytes on as they are', async () => {
    const chunks: Buffer[] = [];
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk);
        done();
      },
    });
    await run('sh', ['-c', String.raw`printf '\377\200\303'`], { output, limits: generous });
    expect(Buffer.concat(chunks)).toEqual(Buffer.from([0o377, 0o200, 0o303]));
  });

  test('that is called off may end by itself', async () => {
    const told = new AbortController();
    const ended = sh("trap 'echo bye; exit 0' INT; echo ready; while :; do sleep 0.05; done", {
      signal: told.signal,
    });
    await sleep(300);
    told.abort();
    expect(await ended).toEqual({ code: 1, stdout: 'ready\nbye\n', stderr: 'ended: it was called off\n' });
  });
});
