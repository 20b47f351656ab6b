import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { judgePullSecrets } from '../../credentials/preflight/pull-secrets';
import { estateAt } from '../support/estates';

const hasJq = spawnSync('jq', ['--version']).status === 0;
if (!hasJq) console.warn('skipped: the lines that renew all copies, because this machine has no jq');

(hasJq ? describe : describe.skip)('the lines that renew all copies', () => {
  test('run nothing that stands in a copy', () => {
    const [, lines = ''] =
      /all of them at once:\n\n```\n(.*?)```/s.exec(
        readFileSync('docs/runbooks/forgejo-registry-setup.md', 'utf8'),
      ) ?? [];
    const hostile = new Map([['x"; kubectl delete namespace app; "', 'a:b']]);
    const copies = new Map([
      ['kyverno', new Map([['other', 'a:b']])],
      ['app', hostile],
      ['bare', undefined],
    ]);
    const findings = judgePullSecrets(estateAt('prepare'), copies, new Map());
    const folder = mkdtempSync(join(tmpdir(), 'copies-'));
    const program = (name: string, text: string): void => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    };
    writeFileSync(join(folder, 'findings.json'), JSON.stringify({ findings }));
    program('registry', 'cat findings.json');
    program('kubectl', 'echo "$*" >>asked');

    execFileSync('sh', ['-c', lines], {
      cwd: folder,
      env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
    });

    const asked = readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
    rmSync(folder, { recursive: true });
    expect(asked).toEqual(
      ['app', 'bare'].flatMap((name) => [
        `label namespace ${name} renew-pull-secret=now`,
        `label namespace ${name} renew-pull-secret-`,
      ]),
    );
  });
});
