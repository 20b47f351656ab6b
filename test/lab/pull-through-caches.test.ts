import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { collectGarbageScript } from '../../cloud-init/garbage-collection';
import { estate } from '../../estate';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { startRegistryVm, type LabRegistryVm, type RunningCache } from './lab-registry-vm';
import { run, runOk, type Ran } from '../../terminal/run';
import { RegistryClient } from '../../clients/oci/client';
import { parseManifest } from '../../clients/oci/manifest';
import { pushImage, pushIndex } from '../support/push-image';
import { startUpstream, type Upstream } from '../support/upstream';
import { describeLab } from './describe-lab';

/** Every character that YAML, a shell or a template could take for its own. */
const oddPassword = `a: "b' #c $d \${e} %{f} \\g`;
/** An htpasswd line as the VM has it, and what it lets in. */
const legacyAccount = {
  line: 'viktor:$2b$04$0EdwkhXfkE3ovfUSTFXhUuKkiOWazOLxhsHJPQzgk4VKTvgXmFGUe',
  basic: `Basic ${Buffer.from('viktor:it is a "secret"').toString('base64')}`,
};
const legacyName = estate.legacyRegistry.host;
const names = estate.pullThroughCaches.map(({ name }) => name);

let lab: Lab<'legacyRegistry' | 'pushgateway'>;
let upstreams: ReadonlyMap<string, Upstream>;
let vm: LabRegistryVm;
/** Digests of the images at the upstreams, by the cache's name. */
const pushed = new Map<string, { readonly image: string; readonly index: string }>();

function client(url: string): RegistryClient {
  return new RegistryClient({ url, retries: 0 });
}

function cacheOf(name: string): RunningCache {
  const cache = vm.caches.find((one) => one.name === name);
  if (cache === undefined) throw new Error(`no cache is called "${name}"`);
  return cache;
}

function upstreamOf(name: string): Upstream {
  const upstream = upstreams.get(name);
  if (upstream === undefined) throw new Error(`no upstream is called "${name}"`);
  return upstream;
}

/** Pulls as a node does: by tag, then every manifest and blob by digest, each checked; answers the top digest. */
async function pull(url: string, repository: string, reference: string): Promise<string> {
  const registry = client(url);
  const { body, digest, mediaType } = await registry.getManifest(repository, reference);
  const manifest = parseManifest(body, mediaType);
  if (manifest.kind === 'index') {
    for (const child of manifest.children) await pull(url, repository, child.digest);
  } else {
    for (const blob of [manifest.config, ...manifest.layers]) await registry.verifyBlob(repository, blob);
  }
  return digest;
}

describeLab('the pull-through caches', () => {
  beforeAll(async () => {
    lab = await startLab({ legacyRegistry: true, pushgateway: true });
    const { url } = lab.legacyRegistry;
    for (const name of names)
      pushed.set(name, {
        image: await pushImage(client(url), `${name}/app`, `image of ${name}`, '1'),
        index: await pushIndex(client(url), `${name}/app`, [`amd64 of ${name}`, `arm64 of ${name}`], 'multi'),
      });
    const started = new Map<string, Upstream>();
    for (const { name, ...cache } of estate.pullThroughCaches)
      started.set(
        name,
        await startUpstream(
          url,
          name,
          'login' in cache ? { user: cache.login.user, password: oddPassword } : undefined,
        ),
      );
    upstreams = started;
    vm = await startRegistryVm(lab, {
      estate,
      upstreams: Object.fromEntries([...started].map(([name, upstream]) => [name, upstream.url])),
      valueOf: ({ vault }) => (vault.key === 'registry_htpasswd' ? legacyAccount.line : oddPassword),
      legacy: await lab.authority.issue({ name: 'registry', hosts: [legacyName] }),
    });
  }, 600_000);
  afterAll(async () => {
    for (const upstream of upstreams.values()) await upstream.stop();
    await lab.stop();
  });

  test.each(names)('%s serves an image of its upstream, then its blobs from the cache', async (name) => {
    const { requests } = upstreamOf(name);

    await fill(name);

    // What a tag means is asked again each time; nothing else is.
    requests.length = 0;
    expect(await pull(cacheOf(name).url, `${name}/app`, '1')).toBe(pushed.get(name)?.image);
    expect(await pull(cacheOf(name).url, `${name}/app`, 'multi')).toBe(pushed.get(name)?.index);
    expect(requests.filter((line) => !/\/manifests\/(1|multi)$/.test(line))).toEqual([]);
    expect(requests.length).toBeGreaterThan(0);
  });

  test.each(names)('%s has nothing of another upstream', async (name) => {
    const other = names.find((one) => one !== name) ?? '';

    await expect(pull(cacheOf(name).url, `${other}/app`, '1')).rejects.toThrow('404');
  });

  test('a cache whose upstream is away serves what it has, and an error for the rest', async () => {
    const { url } = cacheOf('quay');
    await fill('quay');
    await upstreamOf('quay').stop();

    expect(await pull(url, 'quay/app', '1')).toBe(pushed.get('quay')?.image);
    expect(await pull(url, 'quay/app', 'multi')).toBe(pushed.get('quay')?.index);
    const manifest = await fetch(`${url}/v2/quay/other/manifests/1`);
    expect([manifest.status, await manifest.json()]).toMatchObject([
      404,
      { errors: [{ code: 'MANIFEST_UNKNOWN' }] },
    ]);
    const blob = await fetch(`${url}/v2/quay/app/blobs/sha256:${'0'.repeat(64)}`);
    expect([blob.status, await blob.json()]).toMatchObject([500, { errors: [{ code: 'UNKNOWN' }] }]);

    await upstreamOf('quay').start();
  });

  test('a cache does not come up while its upstream is away, so nothing restarts one then', async () => {
    const cache = cacheOf('quay');
    await fill('quay');
    await cache.stop();
    await upstreamOf('quay').stop();

    await expect(cache.start()).rejects.toThrow('connection refused');

    await upstreamOf('quay').start();
    await cache.start();
    expect(await pull(cache.url, 'quay/app', '1')).toBe(pushed.get('quay')?.image);
  });

  test('a cache that is down is an error that names its upstream, and no other cache is affected', async () => {
    const cache = cacheOf('ghcr');
    await cache.stop();

    const answer = await fetch(`${cache.url}/v2/ghcr/app/manifests/1`);
    expect(answer.status).toBe(502);
    expect(await answer.json()).toEqual({
      errors: [{ code: 'UNAVAILABLE', message: 'the cache of ghcr.io does not answer' }],
    });
    expect(await pull(cacheOf('dockerhub').url, 'dockerhub/app', '1')).toBe(pushed.get('dockerhub')?.image);

    await cache.start();
    expect(await pull(cache.url, 'ghcr/app', '1')).toBe(pushed.get('ghcr')?.image);
  });

  test('two caches that get the address of each other are told apart without a restart of nginx', async () => {
    const [k8s, kyverno] = [cacheOf('k8s'), cacheOf('kyverno')];
    const [ofK8s = '', ofKyverno = ''] = ['registry-k8s', 'registry-kyverno'].map((name) =>
      vm.dns.addresses.get(name),
    );
    await k8s.stop();
    await kyverno.stop();

    await k8s.start(ofKyverno);
    await kyverno.start(ofK8s);

    await until(async () => {
      await pull(k8s.url, 'k8s/app', '1');
      await pull(kyverno.url, 'kyverno/app', '1');
    });
    await expect(pull(kyverno.url, 'k8s/app', '1')).rejects.toThrow('404');
  });

  test('the legacy registry takes a layer over TLS, from its account alone, and says where it is by its public name', async () => {
    const layer = Buffer.alloc(3 * 1024 * 1024, 'layer'); // above nginx's limit of 1 MiB, if it had one
    const digest = `sha256:${createHash('sha256').update(layer).digest('hex')}`;

    expect((await askLegacy('GET', '/v2/')).status).toBe(401);
    const { headers, status } = await askLegacy('POST', '/v2/app/blobs/uploads/', legacyAccount.basic);
    expect([status, headers.location]).toEqual([
      202,
      expect.stringMatching(`^https://${legacyName}:${vm.legacyPort}/v2/app/blobs/uploads/`),
    ]);
    const { pathname, search } = new URL(headers.location ?? '');
    const target = `${pathname}${search}&digest=${digest}`;
    expect((await askLegacy('PUT', target, legacyAccount.basic, layer)).status).toBe(201);
    const { body } = await askLegacy('GET', `/v2/app/blobs/${digest}`, legacyAccount.basic);
    expect(layer.equals(body)).toBe(true);
  });

  test('a collection of garbage keeps the platforms of an image, takes what nothing refers to, and tells both times', async () => {
    await fill('ghcr');
    const garbage = await addGarbage(cacheOf('ghcr'));

    const { code, stderr } = await collectGarbage('ghcr', 'running');

    expect([code, stderr]).toEqual([0, '']);
    expect(existsSync(garbage)).toBe(false);
    expect(dockerCalls()).toEqual([
      `compose --project-directory ${lab.folder}/garbage exec -T registry-ghcr registry garbage-collect /etc/docker/registry/config.yml`,
    ]);
    const gauge = await gaugesOf('ghcr');
    expect(gauge('exit_status')).toBe(0);
    expect(gauge('end_timestamp_seconds')).toBeGreaterThanOrEqual(gauge('start_timestamp_seconds'));
    expect(gauge('last_success_timestamp_seconds')).toBeGreaterThanOrEqual(gauge('end_timestamp_seconds'));
    await upstreamOf('ghcr').stop();
    expect(await pull(cacheOf('ghcr').url, 'ghcr/app', 'multi')).toBe(pushed.get('ghcr')?.index);
    await upstreamOf('ghcr').start();
  });

  test("control: the predecessor's collection took the platforms", async () => {
    const { configFile, url } = cacheOf('dockerhub');
    await fill('dockerhub');
    const registry = await findTool('docker-registry');

    await runOk(registry.path, ['garbage-collect', '--delete-untagged', configFile]);

    await upstreamOf('dockerhub').stop();
    await expect(pull(url, 'dockerhub/app', 'multi')).rejects.toThrow('500 UNKNOWN');
    await upstreamOf('dockerhub').start();
    expect(await pull(url, 'dockerhub/app', 'multi')).toBe(pushed.get('dockerhub')?.index);
  });

  test('a collection that fails tells its exit status and no success, and a stopped registry is started again', async () => {
    await fill('kyverno');
    expect((await collectGarbage('kyverno', 'stopped')).code).toBe(0);
    const before = await gaugesOf('kyverno');

    const { code } = await collectGarbage('kyverno', 'stopped', { FAIL: 'run' });

    expect(code).toBe(3);
    expect(dockerCalls().map((call) => call.split(' ')[3])).toEqual(['stop', 'run', 'start']);
    const gauge = await gaugesOf('kyverno');
    expect(gauge('exit_status')).toBe(3);
    expect(gauge('last_success_timestamp_seconds')).toBe(before('last_success_timestamp_seconds'));
  });

  test('a collection of a registry that holds nothing yet is a success, which garbage-collect itself would deny', async () => {
    const { code } = await collectGarbage('nothing', 'running');

    expect([code, dockerCalls()]).toEqual([0, []]);
    expect((await gaugesOf('nothing'))('exit_status')).toBe(0);
    const registry = await findTool('docker-registry');
    const config = join(lab.folder, 'empty.yml');
    await writeFile(
      config,
      `version: "0.1"\nstorage: { filesystem: { rootdirectory: "${lab.folder}/empty" } }\n`,
    );
    const denied = await run(registry.path, ['garbage-collect', config]);
    expect([denied.code, denied.stdout + denied.stderr]).toEqual([
      1,
      expect.stringContaining('Path not found'),
    ]);
  });

  test('a collection that cannot stop the registry collects nothing and starts it again', async () => {
    await fill('k8s');

    const { code } = await collectGarbage('k8s', 'stopped', { FAIL: 'stop' });

    expect(code).toBe(3);
    expect(dockerCalls().map((call) => call.split(' ')[3])).toEqual(['stop', 'start']);
  });

  test('a collection whose result nobody takes collects all the same, and says so', async () => {
    await fill('quay');
    const garbage = await addGarbage(cacheOf('quay'));

    const { code, stderr } = await collectGarbage('quay', 'running', { http_proxy: 'http://127.0.0.1:9' });

    expect(code).toBe(0);
    expect(stderr).toContain('quay: the Pushgateway did not take the result');
    expect(existsSync(garbage)).toBe(false);
  });
});

interface LegacyAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request by the registry's public name, with its certificate checked. */
async function askLegacy(
  method: string,
  path: string,
  authorization?: string,
  body?: Buffer,
): Promise<LegacyAnswer> {
  const port = vm.legacyPort;
  const asked = request({
    ...{ host: '127.0.0.1', servername: legacyName, port, method, path },
    ca: readFileSync(lab.authority.caFile),
    headers: {
      host: `${legacyName}:${port}`,
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/octet-stream', 'content-length': body.length }),
    },
  });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const chunks = (await answer.toArray()) as Buffer[];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) };
}

/** Pulls until the cache has everything: it goes on storing after it has answered. */
async function fill(name: string): Promise<void> {
  const { requests } = upstreamOf(name);
  await until(async () => {
    requests.length = 0;
    await pull(cacheOf(name).url, `${name}/app`, '1');
    await pull(cacheOf(name).url, `${name}/app`, 'multi');
    expect(requests.filter((line) => !/\/manifests\/(1|multi)$/.test(line))).toEqual([]);
  });
}

/** Tries until it succeeds; what it last failed with is thrown after half a minute. */
async function until(attempt: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

/** A blob that no manifest refers to; answers its folder. */
async function addGarbage({ dataFolder }: RunningCache): Promise<string> {
  const digest = createHash('sha256').update(dataFolder).digest('hex');
  const folder = join(dataFolder, 'docker/registry/v2/blobs/sha256', digest.slice(0, 2), digest);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'data'), dataFolder);
  return folder;
}

/** Runs the script as cron would, where the VM's data folder is; `docker` is a stand-in that starts the collection where the registry's data lies. */
async function collectGarbage(
  name: string,
  meanwhile: 'running' | 'stopped',
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const folder = join(lab.folder, 'garbage');
  const { port } = new URL(lab.pushgateway.url);
  const registry = await findTool('docker-registry');
  await mkdir(folder, { recursive: true });
  await rm(callsFile(), { force: true });
  const cache = vm.caches.find((one) => one.name === name);
  await mkdir(join(folder, 'data'), { recursive: true });
  await rm(join(folder, 'data', name), { force: true });
  if (cache !== undefined) await symlink(cache.dataFolder, join(folder, 'data', name));
  await writeFile(
    join(folder, 'docker'),
    `#!/bin/sh
echo "$*" >>"${callsFile()}"
[ "$4" = "\${FAIL:-}" ] && exit 3
flags=
for word; do case $word in -m | --delete-untagged) flags=$word ;; esac; done
case $4 in exec | run) exec "${registry.path}" garbage-collect $flags "${cache?.configFile ?? ''}" >/dev/null 2>&1 ;; esac
`,
    { mode: 0o755 },
  );
  const script = collectGarbageScript({
    ...estate,
    hosts: { ...estate.hosts, kubernetesApi: '127.0.0.1:6443' },
    pushgateway: { ...estate.pushgateway, nodePort: Number(port) },
    registryVm: { ...estate.registryVm, folder },
  });
  const inFolder = script.replace('/run/', `${folder}/`);
  await writeFile(join(folder, 'collect-garbage.sh'), inFolder, { mode: 0o755 });
  return run(join(folder, 'collect-garbage.sh'), [name, meanwhile], {
    env: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, ...env },
  });
}

function callsFile(): string {
  return join(lab.folder, 'garbage', 'calls');
}

function dockerCalls(): string[] {
  return existsSync(callsFile()) ? readFileSync(callsFile(), 'utf8').trim().split('\n') : [];
}

/** What the Pushgateway holds of a registry's collections. */
async function gaugesOf(name: string): Promise<(gauge: string) => number> {
  const metrics = await lab.pushgateway.metrics();
  return (gauge) =>
    Number(
      new RegExp(`^registry_gc_${gauge}\\{[^}]*registry="${name}"[^}]*\\} (.+)$`, 'm').exec(metrics)?.[1] ??
        NaN,
    );
}
