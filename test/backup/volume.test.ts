import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { saveVolume } from '../../backup/volume';
import { estate } from '../../estate';

const folder = mkdtempSync(join(tmpdir(), 'volume-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test.each(['scale', 'get', 'apply', 'wait', 'exec', 'delete'])(
  'Forgejo is started again though "%s" fails from the stop on',
  async (failing) => {
    const scaled: string[] = [];
    const listeners = process.listenerCount('SIGHUP');
    const heard: number[] = [];
    let isStopped = false;

    await expect(
      saveVolume({
        ...{ estate, file: join(folder, failing), tell: () => undefined },
        kubectl: (args, streams = {}) => {
          const verb = args[2] ?? '';
          const starts = args.includes('--replicas=1');
          if (verb === 'scale') scaled.push(args.at(-1) ?? '');
          if (verb === 'exec') {
            heard.push(process.listenerCount('SIGHUP'));
            streams.output?.end();
          }
          const fails = (isStopped || failing === 'scale') && verb === failing && !starts;
          if (verb === 'scale') isStopped = true;
          return Promise.resolve({ code: fails ? 1 : 0, stdout: '', stderr: '' });
        },
      }),
    ).rejects.toThrow(
      failing === 'exec' || failing === 'delete' ? 'is not what the volume holds' : 'kubectl',
    );

    expect(scaled).toEqual(['--replicas=0', '--replicas=1']);
    expect(heard.every((count) => count === listeners + 1)).toBe(true);
    expect(process.listenerCount('SIGHUP')).toBe(listeners);
  },
);
