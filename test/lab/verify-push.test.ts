import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { RegistryClient } from '../../clients/oci/client';
import { digestOf, imageOf, pushImage } from '../../clients/oci/push-image';
import { mediaTypes } from '../../clients/oci/manifest';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { run, type Ran } from '../../terminal/run';
import { hostile, namedByPeople } from '../support/hostile';
import { describeLab, itOnOwn } from './describe-lab';

const script = join(__dirname, '../../pipelines/verify-push.sh');
const sha = '8f3c0a1d99e4b7c6a5d4e3f2a1b0c9d8e7f6a5b4';
const tag = sha.slice(0, 8);
const named = Object.fromEntries(
  namedByPeople.map((name, index) => [name, hostile[index % hostile.length] ?? '']),
);
const itOnOwnRegistry = itOnOwn('legacy-registry');

describeLab('the step that reads back what a build pushed', () => {
  let lab: Lab<'forge' | 'legacyRegistry' | 'pushgateway'>;
  let login: { readonly username: string; readonly password: string };
  let workspace: string;
  beforeAll(async () => {
    lab = await startLab({ forge: true, legacyRegistry: true, pushgateway: true });
    const user = await lab.forge.createUser({ name: 'builder' });
    login = { username: user.name, password: await lab.forge.createToken(user, ['write:package']) };
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);
  beforeEach(() => {
    workspace = mkdtempSync(join(tmpdir(), 'verify-push-'));
  });
  afterEach(() => {
    rmSync(workspace, { recursive: true });
  });

  const clients = (): { readonly legacy: RegistryClient; readonly forge: RegistryClient } => ({
    legacy: new RegistryClient({ url: lab.legacyRegistry.url }),
    forge: new RegistryClient({ url: lab.forge.url, credentials: login }),
  });
  const verify = (
    side: 'legacy' | 'forge',
    repository: string,
    environment: Readonly<Record<string, string>> = {},
    url = side === 'legacy' ? lab.legacyRegistry.url : lab.forge.url,
    ...tokenService: readonly string[]
  ): Promise<Ran> =>
    run('sh', [script, url, nameAt(side, repository), ...tokenService], {
      cwd: workspace,
      env: {
        PATH: process.env['PATH'],
        ...{ USERNAME: login.username, PASSWORD: login.password },
        ...{ PUSHGATEWAY: lab.pushgateway.url, CI_COMMIT_SHA: sha },
        ...named,
        ...environment,
      },
    });
  const nameAt = (side: 'legacy' | 'forge', repository: string): string =>
    side === 'legacy' ? repository : `${login.username}/${repository}`;
  /** One build, pushed to both, as the plugin does. */
  const push = async (
    repository: string,
    seeds = { legacy: repository, forge: repository },
  ): Promise<void> => {
    const { legacy, forge } = clients();
    await pushImage(legacy, repository, seeds.legacy, tag);
    await pushImage(forge, nameAt('forge', repository), seeds.forge, tag);
  };

  it('is a script that shellcheck has nothing to say about', async () => {
    const { path } = await findTool('shellcheck');

    expect(await run(path, [script])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('finds the same image whole on both, and tells the Pushgateway of each', async () => {
    await push('whole');

    for (const side of ['legacy', 'forge'] as const) {
      const { code, stdout, stderr } = await verify(side, 'whole');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/whole:8f3c0a1d is whole: sha256:[0-9a-f]{64}\n$/);
    }
    const metrics = await lab.pushgateway.metrics();
    for (const side of [lab.legacyRegistry, lab.forge])
      expect(metrics).toMatch(
        new RegExp(`image_push_verified_timestamp_seconds\\{.*registry="${side.host}"`),
      );
  });

  it('changes the login for a token where the registry takes no other, and says which service gives none', async () => {
    await push('by-token');
    const service = (path: string): string => `${lab.forge.url}/v2/${path}?service=container_registry`;
    const { url } = lab.forge;
    const byToken = (path: string, login: Readonly<Record<string, string>> = {}): Promise<Ran> =>
      verify('forge', 'by-token', login, url, service(path));

    expect(await byToken('token')).toMatchObject({ code: 0, stderr: '' });
    for (const { code, stdout, stderr } of [
      await byToken('token', { PASSWORD: 'wrong' }),
      await byToken('nothing'),
    ]) {
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain('gives no token for this login');
    }
  });

  it('runs nothing of what a person has named', async () => {
    await push('named');
    await verify('legacy', 'named');

    expect((await run('find', ['.', '-type', 'f'], { cwd: workspace })).stdout).toBe(`./.pushed-${tag}\n`);
  });

  it('fails when the registries hold different images', async () => {
    await push('differs', { legacy: 'one', forge: 'other' });

    expect((await verify('legacy', 'differs')).code).toBe(0);
    const { code, stderr } = await verify('forge', 'differs');
    expect(code).toBe(1);
    expect(stderr).toContain("digest differs from the other registry's");
  });

  it('fails when one registry has no such tag', async () => {
    await pushImage(clients().legacy, 'half', 'half', tag);

    expect((await verify('legacy', 'half')).code).toBe(0);
    const { code, stderr } = await verify('forge', 'half');
    expect(code).toBe(1);
    expect(stderr).toContain(`manifest ${tag} cannot be read`);
  });

  it('reads the images of an index, each by its digest', async () => {
    const { legacy } = clients();
    const child = await imageOf(legacy, 'index', 'child');
    await legacy.putManifest('index', child.digest, child.body, mediaTypes.image);
    const manifests = [{ mediaType: mediaTypes.image, digest: child.digest, size: child.body.byteLength }];
    const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
    await legacy.putManifest('index', tag, body, mediaTypes.index);

    expect((await verify('legacy', 'index')).stdout).toContain(await digestOf(body));
  });

  it('gives up a manifest that goes on and on', async () => {
    const endless = createServer((_, response) => {
      const block = 'x'.repeat(1 << 20);
      const more = (): void => {
        while (!response.destroyed && response.write(block));
      };
      response.on('drain', more).on('error', () => response.destroy());
      more();
    });
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
    const { code, stderr } = await verify('legacy', 'any', {}, url);
    endless.closeAllConnections();
    await new Promise((resolve) => endless.close(resolve));

    expect(code).toBe(1);
    expect(stderr).toContain(`any:${tag}: manifest ${tag} cannot be read`);
  });

  it.each([[''], ['8f3c'], ['main'], ...hostile.map((value) => [value])])(
    'refuses %j as a commit',
    async (commit) => {
      const { code, stderr } = await verify('legacy', 'any', { CI_COMMIT_SHA: commit });

      expect(code).toBe(1);
      expect(stderr).toBe('CI_COMMIT_SHA: is no commit; let Woodpecker run this step\n');
    },
  );

  it('says nothing of its login, and a Pushgateway that is away fails no build', async () => {
    await push('quiet');
    const { code, stdout, stderr } = await verify('forge', 'quiet', { PUSHGATEWAY: 'http://127.0.0.1:1' });

    expect(code).toBe(0);
    expect(stderr).toContain('the Pushgateway was not told');
    expect(stdout + stderr).not.toContain(login.password);
  });

  itOnOwnRegistry('fails at a blob that is damaged on one side alone', async () => {
    await push('damaged');
    const { body } = await clients().legacy.getManifest('damaged', tag);
    const {
      layers: [layer],
    } = JSON.parse(body.toString('utf8')) as { layers: [{ digest: string }] };
    const hash = layer.digest.slice(7);
    const blobs = join(lab.legacyRegistry.storage, 'docker/registry/v2/blobs/sha256');
    const file = join(blobs, hash.slice(0, 2), hash, 'data');
    const content = readFileSync(file);
    content[0] = (content[0] ?? 0) ^ 1;
    writeFileSync(file, content);

    // What a look without reading finds: the predecessor's step did no more.
    await expect(clients().legacy.headBlob('damaged', layer.digest)).resolves.toBeDefined();
    expect((await verify('forge', 'damaged')).code).toBe(0);
    const { code, stderr } = await verify('legacy', 'damaged');
    expect(code).toBe(1);
    expect(stderr).toContain(`blob ${layer.digest} is damaged or missing`);
  });
});
