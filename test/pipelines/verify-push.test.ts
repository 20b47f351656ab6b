import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { run } from '../../terminal/run';

jest.setTimeout(60_000);

const script = join(__dirname, '../../pipelines/verify-push.sh');
const sha = '8f3c0a1d99e4b7c6a5d4e3f2a1b0c9d8e7f6a5b4';
const digestOf = (body: string): string => `sha256:${createHash('sha256').update(body).digest('hex')}`;
const [config, layer] = ['{}', 'layer'].map((body) => ({ digest: digestOf(body) }));
const image = JSON.stringify({ config, layers: [layer] });
const index = JSON.stringify({ manifests: [{ digest: digestOf(image) }] });
const stored = new Map(['{}', 'layer', image, index].map((body) => [digestOf(body), body]));

const hasJq = spawnSync('jq', ['--version']).status === 0;
if (!hasJq) console.warn('skipped: what a registry says of a push, because this machine has no jq');

(hasJq ? describe : describe.skip)('what is read back of a push', () => {
  let server: Server;
  let workspace: string;
  let manifest: string;
  beforeEach(async () => {
    workspace = mkdtempSync(join(tmpdir(), 'verify-'));
    server = createServer(({ url = '' }, response) => {
      const name = url.split('/').at(-1) ?? '';
      const body = name === sha.slice(0, 8) ? manifest : stored.get(name);
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    rmSync(workspace, { recursive: true });
    await new Promise((resolve) => server.close(resolve));
  });
  const verify = async (told: string): Promise<{ readonly code: number | null; readonly out: string }> => {
    manifest = told;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, stdout, stderr } = await run('sh', [script, url, 'me/app'], {
      cwd: workspace,
      env: {
        ...{ PATH: process.env['PATH'], CI_COMMIT_SHA: sha, PUSHGATEWAY: url },
        ...{ USERNAME: 'me', PASSWORD: 'secret' },
      },
    });
    return { code, out: stdout + stderr };
  };

  test.each([image, index, JSON.stringify({ config, layers: [] })])('is whole as %s', async (told) => {
    expect(await verify(told)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`whole: ${digestOf(told)}`) as unknown,
    });
  });

  const other = { digest: `sha512:${'a'.repeat(128)}` };
  test.each([
    ['nothing', ''],
    ['no configuration', JSON.stringify({ layers: [layer] })],
    ['a configuration that is null', JSON.stringify({ config: null, layers: [layer] })],
    ['no layers', JSON.stringify({ config })],
    ['a layer without a digest', JSON.stringify({ config, layers: [layer, { size: 1 }] })],
    ['a layer by what is not read', JSON.stringify({ config, layers: [layer, other] })],
    ['a layer by a path', JSON.stringify({ config, layers: [{ digest: '../manifests/8f3c0a1d' }] })],
    ['a list', '[]'],
    ['a page', '<html>'],
    ['an index of nothing', JSON.stringify({ manifests: [] })],
    ['an index that is null', JSON.stringify({ manifests: null, config, layers: [layer] })],
    [
      'an index with a child that it does not name',
      JSON.stringify({ manifests: [{ digest: digestOf(image) }, {}] }),
    ],
    ['an index of indexes', JSON.stringify({ manifests: [{ digest: digestOf(index) }] })],
  ])('is not whole as %s', async (_, told) => {
    const { code, out } = await verify(told);

    expect([code, out]).toEqual([1, expect.stringMatching(/me\/app:8f3c0a1d: (manifest|index) names /)]);
    expect(out).not.toContain('is whole');
  });
});
