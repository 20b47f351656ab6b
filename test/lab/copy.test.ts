import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ForgejoApi } from '../../clients/forgejo/api';
import { listVersions } from '../../clients/forgejo/versions';
import { RegistryClient } from '../../clients/oci/client';
import { mediaTypes } from '../../clients/oci/manifest';
import type { Image } from '../../estate/images';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { performCopy } from '../../migration/copy/perform';
import { planCopy } from '../../migration/copy/plan';
import { verifyCopy } from '../../migration/copy/verify';
import { InterceptingProxy, type Interception } from '../support/intercepting-proxy';
import { pushImage, pushIndex } from '../support/push-image';
import { copyProps, type CopyCase } from './copy-case';
import { describeLab } from './describe-lab';

const image = (name: string, tag: string, more: Partial<Image> = {}): Image => ({
  ...{ name, tag, tagOwner: 'terraform', source: { registry: 'legacy', repository: name } },
  ...more,
});
const isoDay = (day: number): string => new Date(Date.UTC(2026, 0, day)).toISOString();
/** Of copies of these processes: another suite may copy meanwhile. */
const loginsLeft = (...pids: readonly (number | undefined)[]): string[] =>
  readdirSync(tmpdir()).filter((name) => pids.some((pid) => name.startsWith(`registry-copy-${pid ?? ''}-`)));

interface Part {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}
interface Push {
  readonly blob: (content: string, mediaType: string) => Promise<Part>;
  readonly put: (tag: string, mediaType: string, more: object) => Promise<Part>;
}
const long = `A.${'b-_'.repeat(42)}`;
const ociConfig = 'application/vnd.oci.image.config.v1+json';
const ociLayer = 'application/vnd.oci.image.layer.v1.tar';
const config = (seed: string): string => JSON.stringify({ architecture: 'amd64', os: 'linux', author: seed });

describeLab('copy', () => {
  let lab: Lab<'legacyRegistry' | 'forge'>;
  let source: RegistryClient;
  let engine: string;
  let folder: string;
  let count = 0;

  beforeAll(async () => {
    lab = await startLab({ legacyRegistry: true, forge: true });
    source = new RegistryClient({ url: lab.legacyRegistry.url });
    engine = (await findTool('regbot')).path;
    folder = mkdtempSync(join(tmpdir(), 'copy-test-'));
  }, 600_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await lab.stop();
  });

  /** A target of its own, with images that nobody else copies. */
  const start = async (
    images: (prefix: string) => readonly Image[],
  ): Promise<CopyCase & { readonly prefix: string; readonly api: ForgejoApi }> => {
    count += 1;
    const prefix = `c${count}`;
    const owner = await lab.forge.createUser({ name: `owner${count}` });
    const token = await lab.forge.createToken(owner, ['write:package', 'write:organization']);
    const api = new ForgejoApi({ url: lab.forge.url, owner: owner.name, token });
    return {
      ...{ legacy: lab.legacyRegistry.url, forge: lab.forge.url, owner: owner.name, user: owner.name },
      ...{ token, engine, prefix, api, images: images(prefix) },
    };
  };
  /** An image that says when it was built. */
  const pushBuilt = async (
    ...[repository, tag, created, layers = [Buffer.from('shared by all')]]: [
      string,
      string,
      string,
      Buffer[]?,
    ]
  ): Promise<string> => {
    const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', created }));
    const body = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.image,
        config: {
          mediaType: 'application/vnd.oci.image.config.v1+json',
          digest: await source.putBlob(repository, config),
          size: config.length,
        },
        layers: await Promise.all(
          layers.map(async (layer) => ({
            mediaType: 'application/vnd.oci.image.layer.v1.tar',
            digest: await source.putBlob(repository, layer),
            size: layer.length,
          })),
        ),
      }),
    );
    return source.putManifest(repository, tag, body, mediaTypes.image);
  };
  const rowsOf = async (api: ForgejoApi): Promise<Record<string, number>> =>
    Object.fromEntries((await listVersions(api)).map((row) => [`${row.package}:${row.name}`, row.id]));
  const states = async (of: CopyCase): Promise<string[]> =>
    (await planCopy(copyProps(of))).items.map(({ to, state }) => `${to.tag} ${state}`);
  const faultsOf = async (of: CopyCase): Promise<string[]> => {
    const props = copyProps(of);
    const faults = await verifyCopy({ plan: await planCopy(props), target: props.target });
    return faults.map(({ what, todo }) => `${what}; ${todo}`);
  };
  const stored = (digest: string): string => {
    const hex = digest.split(':')[1] ?? '';
    return join(lab.forge.packageStorage, hex.slice(0, 2), hex.slice(2, 4), hex);
  };

  it('copies every platform, attestation and signature, the oldest tag first; a second time it changes nothing', async () => {
    const of = await start((name) => [image(name, 'multi', { otherTags: ['b1'] })]);
    const repository = of.prefix;
    const multi = await pushIndex(source, repository, ['amd', 'arm', 'attestation of both'], 'multi');
    await pushBuilt(repository, 'b2', isoDay(2));
    await pushBuilt(repository, 'b3', isoDay(3));
    await pushBuilt(repository, 'b1', isoDay(1));
    await pushImage(source, repository, 'signature', `${multi.replace(':', '-')}.sig`);
    await pushImage(source, repository, 'of nothing', `sha256-${'0'.repeat(64)}.sig`);

    expect(await states(of)).toEqual([
      'multi absent',
      'b1 absent',
      'b2 absent',
      'b3 absent',
      `${multi.replace(':', '-')}.sig absent`,
    ]);
    const copied = await performCopy(copyProps(of));

    expect(copied).toHaveLength(5);
    expect(await faultsOf(of)).toEqual([]);
    const rows = await rowsOf(of.api);
    const ids = ['multi', 'b1', 'b2', 'b3'].map((tag) => rows[`${repository}:${tag}`] ?? 0);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(await performCopy(copyProps(of))).toEqual([]);
    expect(await rowsOf(of.api)).toEqual(rows);
    expect(loginsLeft(process.pid)).toEqual([]);
  });

  it('repairs what is half there part by part, and lets every whole version keep its age', async () => {
    const of = await start((name) => [image(name, 'multi', { otherTags: ['plain'] })]);
    await pushIndex(source, of.prefix, ['one', 'two'], 'multi');
    // Longer than what the engine sends of it at a time, and more than it asks of one registry at a time.
    await pushBuilt(
      of.prefix,
      'plain',
      isoDay(1),
      [3_400_000, 1, 2, 3, 4].map((size) => randomBytes(size)),
    );
    await performCopy(copyProps(of));
    const before = await rowsOf(of.api);
    const child = Object.keys(before)
      .find((name) => name.includes('sha256:'))
      ?.split(':')
      .slice(1)
      .join(':');
    if (child === undefined) throw new Error('the index has children');
    const url = of.api.packages('container', of.prefix, child);
    await fetch(url, { method: 'DELETE', headers: { authorization: `token ${of.token}` } });
    const plain = (await planCopy(copyProps(of))).items.find(({ to }) => to.tag === 'plain');
    const { layers } = JSON.parse(
      (await source.getManifest(of.prefix, plain?.digest ?? '')).body.toString(),
    ) as { layers: { digest: string }[] };
    for (const { digest } of layers) rmSync(stored(digest));

    expect((await states(of)).sort()).toEqual(['multi half', 'plain half']);
    expect((await faultsOf(of)).sort()).toEqual([
      ...layers.map(({ digest }) => `blob ${digest} is gone; run ./registry copy apply`).sort(),
      `manifest ${child} is gone; run ./registry copy apply`,
    ]);
    await performCopy(copyProps(of));

    expect(await faultsOf(of)).toEqual([]);
    const { [`${of.prefix}:${child}`]: renewed, ...after } = await rowsOf(of.api);
    expect(before).toMatchObject(after);
    expect(renewed).not.toBe(before[`${of.prefix}:${child}`]);
  });

  it('finds a changed byte, which no push heals, and heals it once its file is removed as it says', async () => {
    const of = await start((name) => [image(name, 'v1')]);
    await pushImage(source, of.prefix, `bytes of ${of.prefix}`, 'v1');
    await performCopy(copyProps(of));
    const before = await rowsOf(of.api);
    const [item] = (await planCopy(copyProps(of))).items;
    const manifest = await source.getManifest(of.prefix, item?.digest ?? '');
    const { layers } = JSON.parse(manifest.body.toString()) as { layers: [{ digest: string }] };
    const file = stored(layers[0].digest);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(1, 0, 1));

    const [fault = '', ...others] = await faultsOf(of);
    expect(others).toEqual([]);
    expect(fault).toContain(`blob ${layers[0].digest} is damaged; remove packages/`);
    await performCopy(copyProps(of));
    expect(await faultsOf(of)).toEqual([fault]);

    const [, path = ''] = /remove packages\/(\S+) below/u.exec(fault) ?? [];
    rmSync(join(lab.forge.packageStorage, path));
    await performCopy(copyProps(of));
    expect(await faultsOf(of)).toEqual([]);
    expect(await rowsOf(of.api)).toEqual(before);
  });

  const copyBeside = (of: CopyCase): { readonly child: ChildProcess; readonly ended: Promise<void> } => {
    const args = ['--import', 'tsx', join(__dirname, 'copy-process.ts'), JSON.stringify(of)];
    const child = spawn(process.execPath, args, { stdio: 'ignore', cwd: join(__dirname, '../..') });
    const ended = new Promise<void>((resolve) =>
      child.once('exit', () => {
        resolve();
      }),
    );
    return { child, ended };
  };

  it('goes on after it was killed at any point, to the same state', async () => {
    const of = await start((name) => [image(name, 't0'), image(`${name}-b`, 't0'), image(`${name}-c`, 't0')]);
    const { api, prefix, ...plain } = of;
    const digests = new Map<string, string>();
    for (const name of [prefix, `${prefix}-b`, `${prefix}-c`])
      for (let at = 0; at < 4; at += 1)
        digests.set(`${name}:t${at}`, await pushIndex(source, name, [`${name} ${at}`, 'shared'], `t${at}`));
    const random = ((seed: number) => () => {
      const hash = createHash('sha256')
        .update(String((seed += 1)))
        .digest();
      return hash.readUInt32BE() / 2 ** 32;
    })(20_261_129);
    const wholeAfter: number[] = [];
    const pids: (number | undefined)[] = [];
    for (let kill = 0; kill < 4; kill += 1) {
      const { child, ended } = copyBeside(plain);
      const seen = async (): Promise<number> => (await listVersions(api).catch(() => [])).length;
      const first = await seen();
      // From the moment on at which it has done something new.
      while (child.exitCode === null && (await seen()) === first) await sleep(20);
      await sleep(random() * 150);
      child.kill('SIGKILL');
      await ended;
      pids.push(child.pid);
      wholeAfter.push((await states(of)).filter((state) => state.endsWith('whole')).length);
    }
    await performCopy(copyProps(of));

    expect(loginsLeft(...pids, process.pid)).toEqual([]);
    expect(wholeAfter).toEqual([...wholeAfter].sort((a, b) => a - b));
    expect(await faultsOf(of)).toEqual([]);
    const { items } = await planCopy(copyProps(of));
    expect(items.map(({ state }) => state)).toEqual(Array.from({ length: 12 }, () => 'whole'));
    for (const { to, digest } of items)
      expect(digest).toBe(digests.get(`${to.repository.split('/')[1] ?? ''}:${to.tag}`));
  }, 600_000);

  it('copies what few builders make: each kind whole, or refused by its name before the first byte', async () => {
    const odd: Readonly<Record<string, (push: Push) => Promise<unknown>>> = {
      'index of an index': async ({ put }) =>
        put('v1', mediaTypes.index, { manifests: [await put('inner', mediaTypes.index, { manifests: [] })] }),
      'size that is another': async ({ blob, put }) => {
        const layer = await blob('longer than it says', ociLayer);
        return put('v1', mediaTypes.image, {
          config: await blob(config('size'), ociConfig),
          layers: [{ ...layer, size: layer.size - 1 }],
        });
      },
      'configuration that is no JSON': async ({ blob, put }) =>
        put('v1', mediaTypes.image, { config: await blob('os: linux', ociConfig), layers: [] }),
      'configuration without a date in its date': async ({ blob, put }) =>
        put('v1', mediaTypes.image, { config: await blob('{"created":""}', ociConfig), layers: [] }),
      'configuration of the second platform': async ({ blob, put }) => {
        const platforms = ['{"os":"linux"}', '{"os":"linux","history":[{"created":"2020-01-01"}]}'];
        const manifests: Part[] = [];
        for (const [at, text] of platforms.entries())
          manifests.push(
            await put(`p${at}`, mediaTypes.image, { config: await blob(text, ociConfig), layers: [] }),
          );
        await put('v1', mediaTypes.index, { manifests });
      },
      'configuration of what is attached': async ({ blob, put }) => {
        const image = { config: await blob(config('attached to'), ociConfig), layers: [] };
        const { digest } = await put('v1', mediaTypes.image, image);
        await put(`${digest.replace(':', '-')}.sig`, mediaTypes.image, {
          config: await blob('{"config":{"Labels":[]}}', ociConfig),
          layers: [],
        });
      },
      'index of nothing': ({ put }) => put('v1', mediaTypes.index, { manifests: [] }),
      'layer without a byte': async ({ blob, put }) =>
        put('v1', mediaTypes.image, {
          config: await blob(config('zero'), ociConfig),
          layers: [await blob('', ociLayer)],
        }),
      'no layers': async ({ blob, put }) =>
        put('v1', mediaTypes.image, { config: await blob(config('none'), ociConfig), layers: [] }),
      artifact: async ({ blob, put }) =>
        put('v1', mediaTypes.image, {
          artifactType: 'application/vnd.example.sbom',
          config: await blob('{}', 'application/vnd.oci.empty.v1+json'),
          layers: [await blob('sbom', 'text/plain')],
        }),
      'helm chart': async ({ blob, put }) =>
        put('1.0.0-rc.1', mediaTypes.image, {
          config: await blob(
            '{"name":"chart","version":"1.0.0-rc.1"}',
            'application/vnd.cncf.helm.config.v1+json',
          ),
          layers: [await blob('chart', 'application/vnd.cncf.helm.chart.content.v1.tar+gzip')],
        }),
      'schema 2': async ({ blob, put }) =>
        put('v1', mediaTypes.dockerImage, {
          config: await blob(config('docker'), 'application/vnd.docker.container.image.v1+json'),
          layers: [await blob('docker layer', 'application/vnd.docker.image.rootfs.diff.tar.gzip')],
        }),
      'tag of 128 characters': async ({ put }) => {
        for (const tag of [long, 'v1']) await put(tag, mediaTypes.index, { manifests: [] });
      },
      'one digest, three names': async ({ put }) => {
        for (const tag of ['1', '1.0', 'v1']) await put(tag, mediaTypes.index, { manifests: [] });
      },
      'subject that is gone': async ({ blob, put }) =>
        put('v1', mediaTypes.image, {
          config: await blob(config('subject'), ociConfig),
          layers: [],
          subject: { mediaType: mediaTypes.image, digest: `sha256:${'2'.repeat(64)}`, size: 7 },
        }),
    };
    const of = await start((name) =>
      Object.keys(odd).map((_, at) => image(`${name}-${at}`, at === 10 ? '1.0.0-rc.1' : 'v1')),
    );
    for (const [at, push] of Object.values(odd).entries()) {
      const name = `${of.prefix}-${at}`;
      const blob = async (content: string, mediaType: string): Promise<Part> => {
        const body = Buffer.from(content);
        return { mediaType, digest: await source.putBlob(name, body), size: body.length };
      };
      const put = async (tag: string, mediaType: string, more: object): Promise<Part> => {
        const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...more }));
        return { mediaType, digest: await source.putManifest(name, tag, body, mediaType), size: body.length };
      };
      await push({ blob, put });
    }
    const [bad, good] = [of.images.slice(0, 6), of.images.slice(6)];

    await expect(performCopy(copyProps({ ...of, images: bad }))).rejects.toMatchObject({
      faults: [
        expect.stringContaining(
          'v1: is an index that Forgejo refuses, got a part of type "application/vnd.oci.image.index.v1+json"',
        ),
        expect.stringMatching(/v1: is not whole where it comes from, got sha256:\w+ damaged; push it again/u),
        ...[
          'v1: .*it is no JSON, got "os: linux"',
          'v1: .*created is no time as 2006-01-02T15:04:05Z, got ""',
          'p1: .*history\\[0\\].created is no time as .*, got "2020-01-01"',
          'v1: .*history\\[0\\].created is no time as .*, got "2020-01-01"',
          'sha256-\\w+.sig: .*config.Labels is no object, got \\[\\]',
        ].map((told) => expect.stringMatching(new RegExp(`${told}; build it again`, 'u')) as unknown),
      ],
    });
    await performCopy(copyProps({ ...of, images: good }));
    expect(await faultsOf({ ...of, images: good })).toEqual([]);
    expect(await states({ ...of, images: good })).toEqual(
      expect.arrayContaining([...good.map(({ tag }) => `${tag} whole`), `${long.toLowerCase()} whole`]),
    );
  }, 600_000);

  it('leaves what a build pushed to the target after it was looked at', async () => {
    const of = await start((name) => [
      image(name, 'latest', { floating: { until: '2027-01-01', why: 'test' } }),
    ]);
    await pushBuilt(of.prefix, 'latest', isoDay(1));
    const props = copyProps(of);
    const plan = await planCopy(props);
    const newer = await pushImage(props.target, `${of.owner}/${of.prefix}`, `newer ${of.prefix}`, 'latest');

    await expect(performCopy({ ...props, plan })).rejects.toThrow(
      /was not copied, got sha256:\S+ there, and it was no tag/u,
    );
    expect((await props.target.getManifest(`${of.owner}/${of.prefix}`, 'latest')).digest).toBe(newer);
  });

  /** The same, where what is asked of its target is answered otherwise, or waits. */
  const before = async (
    of: CopyCase,
    intercept: (request: string) => Interception | Promise<Interception>,
  ): Promise<Disposable & CopyCase> => {
    const proxy = await new InterceptingProxy(of.forge).start();
    proxy.intercept = intercept;
    return { ...of, forge: proxy.url, [Symbol.dispose]: () => void proxy.stop() };
  };

  it('leaves what was pushed while the tag before it travelled', async () => {
    const of = await start((name) => [image(name, 't1', { otherTags: ['t2'] })]);
    const repository = `${of.owner}/${of.prefix}`;
    for (const day of [1, 2]) await pushBuilt(of.prefix, `t${day}`, isoDay(day));
    const { target } = copyProps(of);
    let pushed = '';
    using slow = await before(of, async (request) => {
      if (request !== `PUT /v2/${repository}/manifests/t1`) return undefined;
      await sleep(3500);
      pushed = await pushImage(target, repository, `meanwhile ${of.prefix}`, 't2');
      return undefined;
    });

    await expect(performCopy(copyProps(slow))).rejects.toThrow(/t2: was not copied, got sha256:\S+ there/u);
    expect((await target.getManifest(repository, 't2')).digest).toBe(pushed);
  });

  it('leaves what was pushed before what it sent was looked at', async () => {
    const of = await start((name) => [image(name, 't1')]);
    const path = `/v2/${of.owner}/${of.prefix}/manifests/t1`;
    await pushBuilt(of.prefix, 't1', isoDay(1));
    const { target } = copyProps(of);
    const asked: string[] = [];
    let pushed = '';
    using slow = await before(of, async (request) => {
      if (request === `GET ${path}` && asked.at(-1) === `PUT ${path}`)
        pushed = await pushImage(target, `${of.owner}/${of.prefix}`, `meanwhile ${of.prefix}`, 't1');
      asked.push(request);
      return undefined;
    });

    await expect(performCopy(copyProps(slow))).rejects.toThrow(/t1: was not copied, got sha256:\S+ there/u);
    expect((await target.getManifest(`${of.owner}/${of.prefix}`, 't1')).digest).toBe(pushed);
  });

  it('copies the tag behind one that failed as if that had not been, and says how the server answered', async () => {
    const of = await start((name) => [image(name, 't1', { otherTags: ['t2'] })]);
    for (const day of [1, 2]) await pushBuilt(of.prefix, `t${day}`, isoDay(day));
    const page = { status: 502, body: `<html>${'<p>away</p>\n'.repeat(150_000)}</html>` };
    let answered = 0;
    using failing = await before(of, (request) => {
      if (!request.startsWith('PUT')) return undefined;
      if (request.endsWith('/manifests/t1')) return page;
      return request.endsWith('/manifests/t2') && (answered += 1) === 1 ? page : undefined;
    });

    const failure = await performCopy(copyProps(failing)).catch(String);
    expect(failure).toMatch(/t1: was not copied, got .*Bad Gateway \[http 502\].*\n1 of 2 copied/u);
    expect((await states(of)).sort()).toEqual(['t1 absent', 't2 whole']);
  });

  it('does not wait for a server that is well again', async () => {
    const of = await start((name) => [image(name, 't1', { otherTags: ['t2'] })]);
    for (const day of [1, 2]) await pushBuilt(of.prefix, `t${day}`, isoDay(day));
    const [asked, ill]: [number[], number] = [[], 4];
    let refused = 0;
    using hiccup = await before(of, (request) => {
      if (/^PUT .*\/t2$/u.test(request)) asked.push(Date.now());
      if (!/^PUT .*\/t1$/u.test(request)) return undefined;
      asked.push(Date.now());
      return (refused += 1) <= ill ? { status: 502 } : undefined;
    });

    expect(await performCopy(copyProps(hiccup))).toHaveLength(2);
    const [well = 0, next = 0] = asked.slice(-2);
    expect(asked).toHaveLength(ill + 2);
    expect(next - well).toBeLessThan(5000);
  });

  it('that is told twice to end leaves no engine at work, and no login', async () => {
    const { api, ...of } = await start((name) => [image(name, 't1')]);
    await pushBuilt(of.prefix, 't1', isoDay(1));
    const [answered, asked] = [new AbortController(), new AbortController()];
    using waiting = await before(of, async (request) => {
      if (!request.startsWith('PUT')) return undefined;
      asked.abort();
      await once(answered.signal, 'abort');
      return undefined;
    });

    const { child, ended } = copyBeside(waiting);
    await once(asked.signal, 'abort');
    child.kill('SIGINT');
    await sleep(200);
    expect([child.exitCode, loginsLeft(child.pid).length]).toEqual([null, 1]);
    child.kill('SIGINT');
    await ended;

    expect(loginsLeft(child.pid)).toEqual([]);
    answered.abort();
    await sleep(1000);
    expect(await rowsOf(api)).toEqual({});
  });

  it("leaves a build's cache, and counts what Forgejo alone has by its digest as there", async () => {
    const of = await start((name) => [image(name, 'v1')]);
    const { prefix, owner } = of;
    await pushImage(source, prefix, `of ${prefix}`, 'v1');
    const blob = async (content: string, mediaType: string): Promise<object> => {
      const body = Buffer.from(content);
      return { mediaType, digest: await source.putBlob(prefix, body), size: body.length };
    };
    const config = await blob('{"layers":[]}', 'application/vnd.buildkit.cacheconfig.v0');
    const layer = await blob(`layer of ${prefix}`, 'application/vnd.oci.image.layer.v1.tar+gzip');
    // As BuildKit exports it: layers in an index, or with image-manifest=true in a manifest.
    const put = (tag: string, mediaType: string, more: object): Promise<string> => {
      const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...more }));
      return source.putManifest(prefix, tag, body, mediaType);
    };
    await put('buildcache', mediaTypes.index, { manifests: [layer, config] });
    await put('cache-amd64', mediaTypes.image, { config, layers: [layer] });
    const props = copyProps(of);
    const alone = await pushImage(props.target, `${owner}/${prefix}`, `only ${prefix}`, 'hand');
    const names = [`@${alone}`, ':buildcache'].map(
      (rest) => `${props.estate.legacyRegistry.host}/${prefix}${rest}`,
    );
    const tree = mkdtempSync(join(folder, 'tree-'));
    writeFileSync(join(tree, 'main.tf'), names.map((name, at) => `x${at} = "${name}"\n`).join(''));

    const plan = await planCopy({ ...props, sources: { ...props.sources, tree } });

    expect([plan.faults, plan.items.map(({ to }) => to.tag)]).toEqual([[], ['v1']]);
    expect(plan.notes).toEqual([
      expect.stringContaining(`${prefix}:buildcache holds a build's cache, and is not copied`),
      expect.stringContaining(`${prefix}:cache-amd64 holds a build's cache, and is not copied`),
      expect.stringContaining('it is whole at'),
    ]);
  });

  it('says of a copy that was killed longer ago than Forgejo keeps its uploads that they travel again', async () => {
    const of = await start((name) => [image(name, 'v1')]);
    await pushImage(source, of.prefix, `of ${of.prefix}`, 'v1');
    const left = join(tmpdir(), 'registry-copy-4194000-abcdef');
    const notesAfter = async (hours: number): Promise<readonly string[]> => {
      const then = new Date(Date.now() - hours * 3_600_000);
      mkdirSync(left, { recursive: true });
      utimesSync(left, then, then);
      return (await planCopy(copyProps(of))).notes;
    };

    expect(await notesAfter(23.9)).toEqual([]);
    expect(await notesAfter(30.5)).toEqual([
      expect.stringMatching(/^a copy of this machine was killed 30 h ago: .* are copied anew$/u),
    ]);
    await performCopy(copyProps(of));
    expect([loginsLeft(4194000, process.pid), await faultsOf(of)]).toEqual([[], []]);
    expect((await planCopy(copyProps(of))).notes).toEqual([]);
  });

  it('refuses before the first byte: tags that differ in case alone, and tags that do not exist', async () => {
    const of = await start((name) => [image(name, 'V1', { otherTags: ['v1', 'gone'] })]);
    const upper = await pushImage(source, of.prefix, 'upper', 'V1');
    await pushImage(source, of.prefix, 'lower', 'v1');

    await expect(performCopy(copyProps(of))).rejects.toMatchObject({
      name: 'Refused',
      faults: [
        expect.stringContaining('has no tag "gone", which estate/images.ts names, got v1, V1'),
        expect.stringContaining('Forgejo keeps tags in lower case, got "v1" and "V1"'),
      ],
    });
    expect(await rowsOf(of.api)).toEqual({});
    expect(upper).not.toBe('');
  });

  it('says what a wrong password, an engine that lies and one that is none came to', async () => {
    const of = await start((name) => [image(name, 'v1')]);
    await pushImage(source, of.prefix, `of ${of.prefix}`, 'v1');
    const script = (name: string, does: string): string => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
      return join(folder, name);
    };
    const liar = script(
      'liar',
      `[ "$1" = version ] && exec ${engine} version; while read -r number rest; do echo "$number done"; done`,
    );

    await expect(performCopy(copyProps({ ...of, engine: liar }))).rejects.toThrow(
      /was not copied, got an end without an error, and the target lacks v1, which is not there/u,
    );
    await expect(performCopy(copyProps({ ...of, engine: script('none', 'echo 1') }))).rejects.toThrow(
      'is no regbot, got "1"; install regbot 0.11.5 or later',
    );
    const old = script('old', 'echo "VCSTag:     v0.4.8"');
    await expect(performCopy(copyProps({ ...of, engine: old }))).rejects.toThrow('is too old, got 0.4.8');
    await expect(performCopy(copyProps({ ...of, token: 'wrong' }))).rejects.toMatchObject({
      kind: 'unauthorized',
    });
    const login = copyProps(of);
    const environment = { ...login.environment, FORGEJO_TOKEN: 'wrong-secret' };
    const rejected = performCopy({ ...login, environment }).catch(String);
    expect(await rejected).toMatch(/was not copied, got .*(?:401|unauthorized)/iu);
    expect(await rejected).not.toContain('wrong-secret');
    expect(await rowsOf(of.api)).toEqual({});
  });

  it('copies to an organization, by a member who may write', async () => {
    const of = await start((name) => [image(name, 'v1')]);
    const owner = `org-${of.prefix}`;
    await fetch(`${lab.forge.url}/api/v1/orgs`, {
      method: 'POST',
      headers: { authorization: `token ${of.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ username: owner }),
    });
    await pushImage(source, of.prefix, `of ${owner}`, 'v1');
    await performCopy(copyProps({ ...of, owner }));

    expect(await faultsOf({ ...of, owner })).toEqual([]);
  });

  it('stops where the target was looked at longer ago than Forgejo keeps what nothing refers to', async () => {
    const of = await start((name) => [image(name, 'v1')]);
    await pushImage(source, of.prefix, `of ${of.prefix}`, 'v1');
    const now = (): number => Date.now() + 25 * 3_600_000;

    await expect(performCopy({ ...copyProps(of), now })).rejects.toThrow('more than 24 h ago');
    expect(await rowsOf(of.api)).toEqual({});
  });
});
