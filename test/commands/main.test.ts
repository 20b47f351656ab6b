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
