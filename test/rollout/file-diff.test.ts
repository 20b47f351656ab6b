import { describe, expect, test } from '@jest/globals';
import { fileDiff } from '../../rollout/file-diff';
import type { ResolvedFile } from '../../rollout/resolved-machine';

const file: ResolvedFile = {
  path: '/etc/app.conf',
  mode: '0644',
  effect: 'none',
  shown: 'b\n',
  text: 'b\n',
  holdsSecrets: false,
};
const held = (text: string, mode = '0644'): { kind: 'file'; mode: string; owner: string; text: string } => ({
  kind: 'file',
  mode,
  owner: '0:0',
  text,
});

describe('the diff of a file', () => {
  test('shows what goes and what comes, and both modes', () => {
    expect(fileDiff(file, held('a\n', '0755'))).toBe(
      '--- /etc/app.conf\t0755 0:0\n+++ /etc/app.conf\t0644 0:0\n@@ -1,1 +1,1 @@\n-a\n+b',
    );
  });

  test('shows a new file whole', () => {
    expect(fileDiff(file, undefined)).toContain('--- /etc/app.conf\tabsent\n');
  });

  test.each([
    ['that needs a secret', { ...file, holdsSecrets: true }, held('old secret')],
    ['that only root may read', { ...file, mode: '0600' as const }, held('old secret')],
    ['that only root could read until now', file, held('old secret', '0640')],
  ])('shows nothing of what the machine holds of a file %s', (_, wanted, standing) => {
    expect(fileDiff(wanted, standing)).toBe(
      '/etc/app.conf differs; what the machine holds is not shown, since it may be secret',
    );
  });

  test('leaves out a password that somebody wrote into a readable file', () => {
    const diff = fileDiff(file, held('password = "hunter2"\nauth: aGk=\n"token": "abc"\n'));
    expect(diff).not.toMatch(/hunter2|aGk|abc/);
    expect(diff).toContain('-password = …');
  });
});
