import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { collectGarbageScript } from '../../cloud-init/garbage-collection';
import { machineScripts } from '../../cloud-init/machine-scripts';
import { estate } from '../../estate';

/** While `hold-<command>` lies there, that command of compose does not end; `up` is whether the registry serves. */
const docker = (folder: string): string => `#!/bin/sh
echo "$4" >>'${folder}/calls'
while [ -e "${folder}/hold-$4" ]; do sleep 0.02; done
case $4 in stop) rm -f '${folder}/up' ;; start | up) : >'${folder}/up' ;; esac
if [ "$4" = run ] && [ -e '${folder}/up' ]; then echo served >>'${folder}/calls'; fi
`;

describe('a collection of garbage of a registry that is pushed to', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'garbage-'));
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'data/private/docker/registry/v2/repositories'), { recursive: true });
    writeFileSync(join(folder, 'up'), '');
    writeFileSync(join(folder, 'bin/docker'), docker(folder), { mode: 0o755 });
    writeFileSync(join(folder, 'bin/curl'), `#!/bin/sh\ncat >>'${folder}/pushed'\n`, { mode: 0o755 });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const onMachine = (script: string, ...args: string[]): ChildProcess =>
    spawn('sh', ['-c', script.replaceAll('/run/', `${folder}/`), 'collect-garbage.sh', ...args], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: `${folder}/bin:${process.env['PATH'] ?? ''}` },
    });
  const collect = (waits = '3600'): ChildProcess =>
    onMachine(
      collectGarbageScript({ ...estate, registryVm: { ...estate.registryVm, folder } }).replace(
        '--wait 3600',
        `--wait ${waits}`,
      ),
      'private',
      'stopped',
    );
  const calls = (): string[] =>
    existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n') : [];
  const called = async (command: string): Promise<void> => {
    while (!calls().includes(command)) await sleep(20);
  };
  const hold = (command: string): (() => void) => {
    writeFileSync(join(folder, `hold-${command}`), '');
    return () => {
      rmSync(join(folder, `hold-${command}`));
    };
  };
  const exitCode = async (child: ChildProcess): Promise<unknown> => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  };

  test('stops it, collects, and starts it again', async () => {
    expect([await exitCode(collect()), calls()]).toEqual([0, ['stop', 'run', 'start']]);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'that %s ends while it stops it collects nothing, starts it again, and tells that it failed',
    async (signal) => {
      const release = hold('stop');
      const child = collect();
      await called('stop');
      child.kill(signal);
      await sleep(100);
      release();

      expect(await exitCode(child)).not.toBe(0);
      expect([calls(), existsSync(join(folder, 'up'))]).toEqual([['stop', 'start'], true]);
      expect(readFileSync(join(folder, 'pushed'), 'utf8')).toMatch(/^registry_gc_exit_status [1-9]/m);
      expect(readFileSync(join(folder, 'pushed'), 'utf8')).not.toContain('last_success');
    },
  );

  test('lets no rollout begin, which would start it, nor a second collection', async () => {
    const release = hold('run');
    const first = collect();
    await called('run');
    const second = collect();
    const rollout = onMachine(machineScripts.lock);
    rollout.stdin?.end();

    expect(await exitCode(rollout)).toBe(1);
    release();
    expect([await exitCode(first), await exitCode(second)]).toEqual([0, 0]);
    expect(calls()).toEqual(['stop', 'run', 'start', 'stop', 'run', 'start']);
  });

  test('waits for a rollout that has begun', async () => {
    const rollout = onMachine(machineScripts.lock);
    await sleep(200);
    const child = collect();
    await sleep(200);
    expect(calls()).toEqual([]);
    rollout.stdin?.end();

    expect([await exitCode(child), calls()]).toEqual([0, ['stop', 'run', 'start']]);
  });

  test('starts nothing that another one stopped, however long that takes', async () => {
    const release = hold('run');
    const first = collect();
    await called('run');

    expect(await exitCode(collect('1'))).toBe(75);
    expect(calls()).toEqual(['stop', 'run']);
    release();
    expect(await exitCode(first)).toBe(0);
  });
});
