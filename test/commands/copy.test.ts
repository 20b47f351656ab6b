import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { call } from '../support/call';
import { FakeRegistry } from '../support/fake-registry';

const registry = new FakeRegistry();
beforeEach(() => registry.start());
afterEach(() => registry.stop());

test('one that is refused removes the logins of one that was killed all the same', async () => {
  const left = join(tmpdir(), 'registry-copy-4194001-abcdef');
  mkdirSync(left, { recursive: true });
  try {
    const options = ['--only', 'infra-ci', '--forgejo', registry.url, '--legacy', registry.url];
    const { code, err } = await call(['copy', 'apply', ...options]);

    expect([code, err]).toEqual([3, expect.stringContaining('has no tag')]);
    expect(existsSync(left)).toBe(false);
  } finally {
    rmSync(left, { recursive: true, force: true });
  }
});
