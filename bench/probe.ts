import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findTool } from '../lab/programs/find-tool';
import { startLab } from '../lab/runs/lab';
import { runOk } from '../terminal/run';
import { bundle, nodeOptions } from '../programs/bundle';
import { forEachConcurrently } from '../clients/concurrency';
import { ByteCheck } from '../programs/integrity-probe/byte-check';
import type { IntegrityProbeConfig } from '../programs/integrity-probe/config';
import { walk, type WalkResult } from '../programs/integrity-probe/walk';
import { RegistryClient } from '../clients/oci/client';
import { pushLayeredImages } from './layered-images';
import { bench, costOf, median, say, startBeside, timed } from './measure';
import { predecessorWalk } from './predecessor-walk';
import type { SyntheticRegistryProps } from './synthetic-registry';

const MiB = 1024 * 1024;

interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly required: string;
  readonly met: boolean;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { tags: { type: 'string', default: '100000' } },
  });
  say(
    `${availableParallelism()} processors, load ${loadavg()[0]?.toFixed(1) ?? '?'}, Node ${process.version}`,
  );
  const parts: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
    latency: async () => [await withLatency()],
    registry: onRealRegistry,
    memory: async () => [await memory(halfInOne(Number(values.tags)))],
    catalogue: async () => [await memory(Array.from({ length: 10_000 }, () => 1))],
  };
  const figures: Figure[] = [];
  for (const name of positionals.length === 0 ? Object.keys(parts) : positionals) {
    figures.push(...((await parts[name]?.()) ?? []));
  }
  for (const { what, measured, required, met } of figures) {
    say(`${met ? 'met   ' : 'MISSED'}  ${what}: ${measured} (required: ${required})`);
  }
  process.exitCode = figures.every(({ met }) => met) ? 0 : 1;
}

/** The same registry, the same work, 20 ms in front of every answer. */
async function withLatency(): Promise<Figure> {
  const server = await synthetic({
    tags: Array.from({ length: 20 }, () => 12),
    latencyMs: 20,
  });
  await look(server.url);
  const ours = await timed(() => look(server.url));
  const theirs = await timed(() => predecessorWalk(server.url));
  server.process.kill();
  const ratio = theirs.seconds / ours.seconds;
  return {
    what: `${ours.value.tags} tags at 20 ms per request`,
    measured: `${ours.seconds.toFixed(2)} s, predecessor ${theirs.seconds.toFixed(2)} s, ${ratio.toFixed(1)} times faster`,
    required: 'at least 20 times',
    met: ratio >= 20 && theirs.value.failures === 0,
  };
}

async function onRealRegistry(): Promise<Figure[]> {
  const lab = await startLab({ legacyRegistry: true });
  try {
    const { url, host } = lab.legacyRegistry;
    const references = await pushImages(url, 'app', 12, 2000);
    await look(url);
    const ours = await timed(() => look(url));
    const theirs = await timed(() => predecessorWalk(url));
    const figures: Figure[] = [
      {
        what: `${references.length} tags on a real registry:2`,
        measured: `${ours.seconds.toFixed(2)} s, predecessor ${theirs.seconds.toFixed(2)} s, ${(theirs.seconds / ours.seconds).toFixed(1)} times faster`,
        required: 'reported',
        met: true,
      },
      await againstCrane(host, references, ours.seconds),
    ];
    await pushImages(url, 'large', 1, 24 * MiB);
    figures.push(await hashing(url));
    return figures;
  } finally {
    await lab.stop();
  }
}

async function againstCrane(
  host: string,
  references: readonly string[],
  ourSeconds: number,
): Promise<Figure> {
  const crane = await findTool('crane');
  const theirs = await timed(() =>
    forEachConcurrently(references, 2, async (reference) => {
      await runOk(crane.path, ['validate', '--fast', '--remote', `${host}/${reference}`]);
    }),
  );
  return {
    what: `the same ${references.length} tags by crane ${crane.version} validate --fast, two at a time`,
    measured: `${ourSeconds.toFixed(2)} s, crane ${theirs.seconds.toFixed(2)} s`,
    required: 'no slower than crane',
    met: ourSeconds <= theirs.seconds,
  };
}

/** Every byte through the probe, against the same bytes read over node:http and hashed, in alternation. */
async function hashing(url: string): Promise<Figure> {
  const limits: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const limit = await timed(() => readAndHash(url));
    limits.push(limit.value / limit.seconds / MiB);
    const check = everyByte(Infinity);
    const ours = await timed(() => look(url, check));
    rates.push(check.hashedBytes / ours.seconds / MiB);
  }
  const ratio = median(rates) / median(limits);
  return {
    what: 'full byte check on a real registry:2',
    measured: `${median(rates).toFixed(0)} MiB/s of ${median(limits).toFixed(0)} MiB/s read and hashed bare, ${ratio.toFixed(2)}`,
    required: 'at least 0.8',
    met: ratio >= 0.8,
  };
}

/** One repository with half of the tags and the others in hundreds. */
function halfInOne(tags: number): readonly number[] {
  const half = Math.floor(tags / 2);
  return [half, ...Array.from({ length: Math.ceil((tags - half) / 100) }, () => 100)];
}

/** The bundled program in a process of its own, over repositories of so many tags each. */
async function memory(tags: readonly number[]): Promise<Figure> {
  const server = await synthetic({ tags, latencyMs: 0 });
  const folder = mkdtempSync(join(tmpdir(), 'bench-probe-'));
  try {
    const config: IntegrityProbeConfig = {
      registryUrl: server.url,
      instance: 'synthetic',
      pushgatewayUrl: server.url,
      job: 'bench',
      retiredJobs: [],
      deployedReferences: [],
      intervalMinutes: 15,
      rereadDays: 7,
      deployedRereadDays: 1,
      maxBytesPerRun: 0,
      maxConcurrentRequests: 32,
      deadlineSeconds: 600,
    };
    writeFileSync(join(folder, 'main.mjs'), bundle('integrity-probe'));
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const { code, output, seconds, peakMiB } = await costOf([
      ...nodeOptions['integrity-probe'],
      ...['main.mjs', 'config.json'].map((name) => join(folder, name)),
    ]);
    return {
      what: `peak RSS over ${tags.length} repositories (${output.trim()}) in ${seconds.toFixed(0)} s`,
      measured: `${peakMiB.toFixed(1)} MiB`,
      required: 'under 96 MiB',
      met: code === 0 && peakMiB < 96,
    };
  } finally {
    server.process.kill();
    rmSync(folder, { recursive: true });
  }
}

async function look(url: string, byteCheck = everyByte(0)): Promise<WalkResult> {
  const result = await walk({
    client: new RegistryClient({ url, maxConcurrentRequests: 32 }),
    deployed: new Map(),
    byteCheck,
    round: 0,
    maxConcurrency: 32,
    onFault: (fault) => {
      throw new Error(
        `bench: a fault in a whole registry, got ${JSON.stringify(fault)}; mend the walk first`,
      );
    },
  });
  if (result.interruption !== undefined) throw result.interruption;
  return result;
}

function everyByte(maxBytesPerRun: number): ByteCheck {
  return new ByteCheck({
    rereadMs: 0,
    deployedRereadMs: 0,
    maxBytesPerRun,
    slot: { sinceMs: 0, untilMs: 1 },
  });
}

const pushImages = (url: string, prefix: string, repositories: number, ownBytes: number): Promise<string[]> =>
  pushLayeredImages({
    url,
    repositories: Array.from({ length: repositories }, (_, index) => `bench/${prefix}-${index}`),
    baseOf: () => [Buffer.from('base')],
    ownBytes,
  });

/** Every blob of every image once, over bare node:http, four at a time; answers the bytes. */
async function readAndHash(url: string): Promise<number> {
  const client = new RegistryClient({ url });
  const blobs = new Map<string, string>();
  for await (const repository of client.catalog()) {
    for await (const tag of client.tags(repository)) {
      const { body } = await client.getManifest(repository, tag);
      const { config, layers } = JSON.parse(body.toString()) as {
        config: { digest: string };
        layers: { digest: string }[];
      };
      for (const { digest } of [config, ...layers])
        blobs.set(digest, `${url}/v2/${repository}/blobs/${digest}`);
    }
  }
  let bytes = 0;
  await forEachConcurrently(blobs.values(), 4, async (blob) => {
    const hash = createHash('sha256');
    await new Promise<void>((resolve, reject) => {
      get(blob, (response) => {
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          hash.update(chunk);
        });
        response.on('end', resolve);
      }).on('error', reject);
    });
    if (!blob.endsWith(hash.digest('hex'))) throw new Error(`bench: ${blob} does not hash to its name`);
  });
  return bytes;
}

const synthetic = (props: SyntheticRegistryProps): ReturnType<typeof startBeside> =>
  startBeside('synthetic-registry.ts', props);

void bench(main);
