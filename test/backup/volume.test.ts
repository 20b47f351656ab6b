import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, test } from '@jest/globals';
import type { Kubectl } from '../../backup/stopped-volume';
import { restoreVolume, saveVolume } from '../../backup/volume';
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

test('told to end, it ends the kubectl that runs and starts Forgejo again', async () => {
  const scaled: string[] = [];
  const kubectl: Kubectl = (args, { signal, output } = {}) => {
    const verb = args[2] ?? '';
    if (verb === 'scale') scaled.push(args.at(-1) ?? '');
    if (verb === 'exec') {
      process.emit('SIGHUP');
      output?.end();
    }
    return Promise.resolve({ code: signal?.aborted === true ? 1 : 0, stdout: '', stderr: '' });
  };

  await expect(
    saveVolume({ estate, file: join(folder, 'told'), kubectl, tell: () => undefined }),
  ).rejects.toThrow('is not what the volume holds');
  expect(scaled).toEqual(['--replicas=0', '--replicas=1']);
});

test('where nothing can be written, Forgejo is not stopped', async () => {
  const kubectl = (): never => {
    throw new Error('kubectl was called');
  };

  await expect(
    saveVolume({ estate, file: join(folder, 'absent', 'forgejo.tar'), kubectl, tell: () => undefined }),
  ).rejects.toThrow(
    /^backup: cannot be written, got ".*absent.forgejo\.tar\.partial" \(ENOENT\); name a file/,
  );
});

/** A cluster in which all goes well, and a script says what it read. */
function clusterOf(
  scaled: string[],
  answer: (verb: string, args: readonly string[]) => { code?: number; stdout?: string } = () => ({}),
): Kubectl {
  const bytes = 'the volume';
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return async (args, streams = {}) => {
    if (streams.input instanceof Readable) await streams.input.toArray();
    const verb = args[2] ?? '';
    if (verb === 'scale') scaled.push(args.at(-1) ?? '');
    streams.output?.end(bytes);
    const stderr = streams.output === undefined ? '' : `${sha256}\n`;
    return { code: 0, stdout: '', stderr, ...answer(verb, args) };
  };
}

test('a Forgejo that somebody started meanwhile makes no archive', async () => {
  let generation = 4;
  const file = join(folder, 'disturbed');
  const kubectl = clusterOf([], (verb, args) => {
    if (verb === 'exec') generation += 1;
    return verb === 'get' && args.join(' ').includes('generation') ? { stdout: String(generation) } : {};
  });

  await expect(saveVolume({ estate, file, kubectl, tell: () => undefined })).rejects.toThrow(
    'was changed by somebody else meanwhile',
  );
  expect(existsSync(file)).toBe(false);
  await expect(
    saveVolume({ estate, file, kubectl: clusterOf([]), tell: () => undefined }),
  ).resolves.toMatchObject({ bytes: 10 });
});

test('a pod of Forgejo that was evicted long ago, which nobody removes, is not waited for', async () => {
  const kubectl = clusterOf([], (verb, args) => {
    const [, excluded = ''] = /--field-selector=(\S+)/u.exec(args.join(' ')) ?? [];
    const isShown = !excluded.split(',').includes('status.phase!=Failed');
    return verb === 'get' && args.includes('pods') && isShown ? { stdout: 'pod/forgejo-evicted\n' } : {};
  });

  await expect(
    saveVolume({ estate, file: join(folder, 'evicted'), kubectl, tell: () => undefined }),
  ).resolves.toMatchObject({ bytes: 10 });
});

test('an archive gets its name when its SHA-256 lies beside it, for no restore takes it before', async () => {
  const file = join(folder, 'unnamed');
  mkdirSync(`${file}.sha256`); // no room, for one

  await expect(saveVolume({ estate, file, kubectl: clusterOf([]), tell: () => undefined })).rejects.toThrow(
    'EISDIR',
  );
  expect(existsSync(file)).toBe(false);
});

test.each<[string, readonly string[]]>([
  ['delete', []],
  ['wait', ['--replicas=0']],
  ['exec', ['--replicas=0']],
])('a restore whose "%s" fails starts no Forgejo on what is there', async (failing, expected) => {
  const file = join(folder, `of-${failing}`);
  writeFileSync(file, 'archive');
  writeFileSync(`${file}.sha256`, `${createHash('sha256').update('archive').digest('hex')}  x\n`);
  const scaled: string[] = [];
  const kubectl = clusterOf(scaled, (verb) => ({ code: verb === failing ? 1 : 0 }));

  await expect(restoreVolume({ estate, file, kubectl, tell: () => undefined })).rejects.toThrow();
  expect(scaled).toEqual(expected);
});

test.each([
  ['0', ['--replicas=0']],
  ['1', ['--replicas=0', '--replicas=1']],
])('a restore that is refused leaves Forgejo as it was, with %s replicas', async (before, expected) => {
  const file = join(folder, `full-${before}`);
  writeFileSync(file, 'archive');
  writeFileSync(`${file}.sha256`, `${createHash('sha256').update('archive').digest('hex')}  x\n`);
  const [scaled, told]: [string[], string[]] = [[], []];
  const kubectl = clusterOf(scaled, (verb, args) => {
    if (verb === 'get' && args.join(' ').includes('replicas')) return { stdout: before };
    return verb === 'exec' ? { code: 3 } : {};
  });

  const restored = restoreVolume({ estate, file, kubectl, tell: (line) => told.push(line) });
  await expect(restored).rejects.toMatchObject({ name: 'Refused' });
  expect([scaled, told.at(-1)]).toEqual([
    expected,
    before === '0' ? 'Forgejo stays stopped' : 'starting Forgejo',
  ]);
});

test('a restore of no archive is refused before anything stops', async () => {
  const scaled: string[] = [];
  const file = join(folder, 'none');

  await expect(
    restoreVolume({ estate, file, kubectl: clusterOf(scaled), tell: () => undefined }),
  ).rejects.toMatchObject({ name: 'Refused' });
  expect(scaled).toEqual([]);
});
