import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const pipelines = join(__dirname, '..', '..', 'pipelines');
const machine = join(__dirname, '../golden/registry-vm/prepare/tree/modules/docker-registry');
const folder = mkdtempSync(join(tmpdir(), 'traced-'));
const said = join(folder, 'said');
const canary = 'f00dcafe'.repeat(5);

/** Programs that repeat what they are told, and answer with a secret where a real one would. */
beforeAll(() => {
  mkdirSync(join(folder, 'account'));
  writeFileSync(join(folder, 'account', 'token'), canary);
  const answer = JSON.stringify({ client_token: canary, service_account_token: canary, number: 1 });
  for (const name of [
    'curl',
    'vault',
    'kubectl',
    'docker',
    'ssh',
    'git',
    'npm',
    'terragrunt',
    'terraform',
    'sops',
  ]) {
    const file = join(folder, name);
    const curl = `case $* in *vault.lab*) echo '${answer}' ;; *) echo 200 ;; esac`;
    const clone = `for last; do :; done; mkdir "$last"; cp '${join(folder, 'npm')}' "$last/registry"`;
    const then = { curl, vault: `echo '${answer}'`, git: clone }[name] ?? 'exit 0';
    writeFileSync(file, `#!/bin/sh\nprintf '%s\\n' "$*" >>'${said}'\n${then}\n`);
    chmodSync(file, 0o755);
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const scripts: readonly (readonly [file: string, beside: readonly string[], args: readonly string[]])[] = [
  [join(pipelines, 'verify-push.sh'), [], ['http://registry.lab', 'viktor/app']],
  [join(pipelines, 'deploy.sh'), [], ['set', 'app/web/web=registry.lab/app']],
  [join(pipelines, 'deploy.sh'), [], ['say']],
  [join(pipelines, 'build-image.sh'), [], ['login', 'registry.lab']],
  [join(pipelines, 'build-image.sh'), [], ['deploy', 'http://ci.lab', '7']],
  [join(pipelines, 'registry-stacks.sh'), [], ['plan']],
  [join(machine, 'sync.sh'), [join(machine, 'machine.sh')], []],
];
test.each(scripts)(
  '%s shows no secret though it is traced, nor do the programs that it runs',
  (file, beside, args) => {
    writeFileSync(said, '');
    const text = [file, ...beside].map((each) => readFileSync(each, 'utf8')).join('\n');
    const secret = [...text.matchAll(/\$\{?([A-Z][A-Z_]{3,})/g)]
      .map(([, name = '']) => name)
      .filter((name) => /TOKEN|PASS|WEBHOOK|KEY|SECRET(?!S)/i.test(name));
    const { stdout, stderr } = spawnSync('sh', ['-x', file, ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...{ PATH: `${folder}:/usr/bin:/bin`, HOME: folder, SERVICE_ACCOUNT: join(folder, 'account') },
        ...{ CI_COMMIT_SHA: 'ab'.repeat(20), GITHUB_SHA: 'ab'.repeat(20), GITHUB_REF_NAME: 'main' },
        ...{
          USERNAME: 'operator',
          VAULT_ROLE: 'role',
          VAULT_MOUNT: 'kubernetes',
          VAULT_ADDR: 'http://vault.lab',
        },
        ...{ CREDENTIALS: 'kubernetes/creds/a', KUBERNETES_SERVICE_HOST: 'a', KUBERNETES_SERVICE_PORT: '1' },
        ...{
          CI_COMMIT_PULL_REQUEST: '7',
          CI_REPO: 'viktor/infra',
          CI_NAMESPACE: 'woodpecker',
          PROJECT: 'project',
        },
        ...{
          SECRETS: 'ci/global',
          FORGE: 'http://forge.lab',
          WOODPECKER: 'http://ci.lab',
          ROLLOUT_SECONDS: '0',
        },
        ...{ PUSHGATEWAY: 'http://pushgateway.lab' },
        ...Object.fromEntries(
          secret.map((name) => [name, name.includes('WEBHOOK') ? `http://a.lab/${canary}` : canary]),
        ),
      },
    });
    const hidden = Buffer.from(`operator:${canary}`).toString('base64');
    const shown = stdout + stderr + readFileSync(said, 'utf8');
    expect([canary, hidden].filter((each) => shown.includes(each))).toEqual([]);
  },
);
