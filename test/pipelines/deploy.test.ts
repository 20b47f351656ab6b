import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { run } from '../../terminal/run';

jest.setTimeout(60_000);

const script = join(__dirname, '../../pipelines/deploy.sh');
const sha = '8f3c0a1d99e4b7c6a5d4e3f2a1b0c9d8e7f6a5b4';

/** The script with its real shell and curl, a Vault and a Slack over HTTP; kubectl says what each case lets it say. */
describe('the script of a deploy', () => {
  let server: Server;
  let folder: string;
  let told: string[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'deploy-'));
    mkdirSync(join(folder, 'account'));
    writeFileSync(join(folder, 'account/token'), 'jwt');
    told = [];
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        told.push(Buffer.concat(parts).toString());
        response.end('{"client_token":"hvs.a","service_account_token":"b"}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await new Promise((resolve) => server.close(resolve));
  });

  const at = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  /** @param says the shell that answers `rollout status` and `get`, with `$turn`, how often it was asked */
  const deploy = async (
    work: readonly string[],
    says: Readonly<Record<'rollout' | 'get', string>>,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly code: number | null; readonly out: string }> => {
    const log = join(folder, 'log');
    rmSync(log, { force: true });
    writeFileSync(
      join(folder, 'kubectl'),
      `#!/bin/sh\nprintf '%s\\n' "$*" >>'${log}'\nturn=$(grep -c "^$1" '${log}')\ncase $1 in\nrollout) ${says.rollout} ;;\nget) ${says.get} ;;\nesac\n`,
      { mode: 0o755 },
    );
    const { code, stdout, stderr } = await run('sh', [script, ...work], {
      cwd: folder,
      env: {
        ...{ PATH: `${folder}:${process.env['PATH'] ?? ''}`, SERVICE_ACCOUNT: join(folder, 'account') },
        ...{ VAULT_ADDR: at(), VAULT_MOUNT: 'kubernetes', VAULT_ROLE: 'deployer' },
        ...{ CREDENTIALS: 'kubernetes/creds/a', ROLLOUT_SECONDS: '20', SLACK_WEBHOOK: `${at()}/hook` },
        ...{ KUBERNETES_SERVICE_HOST: '192.0.2.1', KUBERNETES_SERVICE_PORT: '443' },
        ...{ CI_COMMIT_SHA: sha, CI_PIPELINE_STATUS: 'failure', CI_REPO: 'me/web', CI_PIPELINE_URL: '' },
        ...environment,
      },
    });
    return { code, out: stdout + stderr };
  };
  const target = ['set', 'site/web/migrate,web=docker.io/me/web'];
  const isOut = 'echo deployment successfully rolled out';
  const images = (tag: string): string => `echo 'docker.io/me/web:${tag} proxy:1 docker.io/me/web:${tag} '`;

  test('ends when what it set runs', async () => {
    const wait = `if [ "$turn" -lt 2 ]; then echo Waiting; else ${isOut}; fi`;
    expect(await deploy(target, { rollout: wait, get: images('8f3c0a1d') })).toEqual({
      ...{ code: 0, out: 'site/web/migrate,web: runs 8f3c0a1d\n' },
    });
    expect(readFileSync(join(folder, 'log'), 'utf8')).toContain(
      'set image deployment/web migrate=docker.io/me/web:8f3c0a1d web=docker.io/me/web:8f3c0a1d',
    );
  });

  test.each(['4f70681d', '8f3c0a1d2'])(
    'takes %s, which another deploy set meanwhile, not for its own',
    async (tag) => {
      const { code, out } = await deploy(target, { rollout: isOut, get: images(tag) });

      expect([code, out]).toEqual([
        1,
        'site/web/migrate,web: does not run 8f3c0a1d: another image was set meanwhile; deploy the newest build again\n',
      ]);
    },
  );

  test('goes on where the cluster does not answer for a moment, and says why it ended where it stays away', async () => {
    const away = 'echo "The connection to the server was refused" >&2; exit 1';
    const back = `if [ "$turn" -lt 2 ]; then ${away}; else ${isOut}; fi`;
    expect((await deploy(target, { rollout: back, get: images('8f3c0a1d') })).code).toBe(0);
    const once = `if [ "$turn" -lt 2 ]; then ${away}; else ${images('8f3c0a1d')}; fi`;
    expect((await deploy(target, { rollout: isOut, get: once })).code).toBe(0);
    const { code, out } = await deploy(target, { rollout: away, get: '' }, { ROLLOUT_SECONDS: '1' });
    expect([code, out]).toEqual([
      1,
      'site/web/migrate,web: does not run 8f3c0a1d after 1 s: The connection to the server was refused\n',
    ]);
  });

  test('does not wait for what has failed', async () => {
    const failed = 'echo "error: deployment \\"web\\" exceeded its progress deadline" >&2; exit 1';
    const { code, out } = await deploy(target, { rollout: failed, get: '' });
    expect([code, out]).toEqual([
      1,
      'site/web/migrate,web: does not run 8f3c0a1d: error: deployment "web" exceeded its progress deadline\n',
    ]);
  });

  test.each(['main', 'ab"\n', `${sha};`])(
    'tells Slack of a deploy that was refused for %j as its commit',
    async (commit) => {
      const { code } = await deploy(['say'], { rollout: '', get: '' }, { DEPLOY_COMMIT: commit });

      expect([code, told]).toEqual([0, ['{"text":"failure: deploy of me/web at no commit, "}']]);
    },
  );
});
