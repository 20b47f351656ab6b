import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

test('a call that waits for what never comes has failed, though nothing keeps its process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'main-'));
  const never = join(folder, 'never.cjs');
  writeFileSync(
    never,
    `const { EventEmitter } = require('node:events');
     const stream = () => Object.assign(new EventEmitter(), { setEncoding() { return this; }, end() {} });
     require('node:child_process').spawn = () =>
       Object.assign(new EventEmitter(), { stdin: stream(), stdout: stream(), stderr: stream() });`,
  );
  const loader = './node_modules/tsx/dist/loader.mjs';
  const args = ['--require', never, '--import', loader, 'commands/main.ts', 'nodes', 'plan'];

  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });

  rmSync(folder, { recursive: true });
  expect([status, stdout, stderr]).toEqual([1, '', '']);
}, 60_000);

test('called by a hook of one repository, its git looks at the one that is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'main-'));
  writeFileSync(join(folder, 'node'), '#!/bin/sh\nexec git -C "$LOOKS_AT" rev-parse --absolute-git-dir\n', {
    mode: 0o755,
  });
  const environment = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, LOOKS_AT: folder };
  spawnSync('git', ['-C', folder, 'init', '--quiet']);
  const other = spawnSync('git', ['rev-parse', '--absolute-git-dir'], { encoding: 'utf8' }).stdout.trim();
  const { stdout } = spawnSync('sh', ['registry'], {
    encoding: 'utf8',
    env: { ...environment, GIT_DIR: other, GIT_INDEX_FILE: join(other, 'index'), GIT_WORK_TREE: '.' },
  });

  rmSync(folder, { recursive: true });
  expect(stdout).toBe(`${join(folder, '.git')}\n`);
});
