import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { startLab } from '../lab/runs/lab';
import { missingPrerequisites } from '../lab/process/prerequisites';
import { bundle, nodeOptions } from '../programs/bundle';
import { RegistryClient } from '../clients/oci/client';
import { mediaTypes } from '../clients/oci/manifest';
import { DEFAULT_POLICY, type RetentionConfig } from '../programs/retention/config';
import { FakeCluster, OWN_POD } from '../test/support/fake-cluster';
import { FakeForgejo } from '../test/support/fake-forgejo';
import { sha256 } from '../test/support/forgejo-rows';
import { pushIndex } from '../test/support/push-image';
import { bench, costOf, say, type Cost } from './measure';

interface Run extends Cost {
  readonly deletions: number;
}

interface Forge {
  readonly url: string;
  readonly owner: string;
  readonly token: string;
}

const HOST = 'forge.example';
const LATENCY_MS = 20;
const folder = mkdtempSync(join(tmpdir(), 'bench-retention-'));

/**
 * The two do not free the same: the predecessor deletes rows of whatever images, children of kept ones among them, and looks
 * at none; retention reads every manifest, deletes what leaves whole, and checks what stays. So rows a second stand beside.
 *
 * Every build is an index of two platforms with an attestation each: five versions of a package for one tag. */
async function main(): Promise<void> {
  const program = join(folder, 'retention.mjs');
  writeFileSync(program, bundle('retention'));
  const predecessor = join(folder, 'predecessor.mjs');
  const entryPoints = [join(__dirname, 'predecessor.ts')];
  buildSync({ entryPoints, outfile: predecessor, format: 'esm', platform: 'node' });
  /** @param measured runs what it is given on a forge of its own */
  const compare = async (
    versions: number,
    measured: (name: string, run: (forge: Forge) => Promise<Run>) => Promise<[Run, requests?: number]>,
  ): Promise<void> => {
    const before = await measured('predecessor', (forge) => runPredecessor(predecessor, forge));
    report('predecessor', versions, before);
    const after = await measured('retention', (forge) => runRetention(program, forge));
    report('retention', versions, after);
    say(`  ${(before[0].seconds / after[0].seconds).toFixed(1)} times faster`);
  };

  say(`fake server, ${LATENCY_MS} ms per request, 10,000 versions (2,000 tags) of 100 packages`);
  await compare(10_000, async (_, run) => {
    const forge = await new FakeForgejo({ latencyMs: LATENCY_MS }).start();
    forge.tokens.set('bench', forge.owner);
    fill(forge);
    const cost = await run({ url: forge.url, owner: forge.owner, token: 'bench' });
    await forge.stop();
    return [cost, forge.requests.length];
  });

  const missing = missingPrerequisites();
  if (missing.length > 0) {
    say(`real server: skipped, for no lab can run here: ${missing.join('; ')}`);
    return;
  }
  const lab = await startLab({ forge: true });
  try {
    say(`real server, ${lab.forge.kind} ${lab.forge.version}, 500 versions (100 tags) of 5 packages`);
    await compare(500, async (name, run) => {
      const owner = await lab.forge.createUser({ name });
      const token = await lab.forge.createToken(owner, ['write:package']);
      const target = { url: lab.forge.url, owner: owner.name, token };
      await push(target);
      return [await run(target)];
    });
  } finally {
    await lab.stop();
  }
}

function fill({ store }: FakeForgejo): void {
  const now = Date.now();
  const image = (seed: string): Buffer => {
    const descriptor = (part: string, size: number): object => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest: `sha256:${Buffer.from(part).toString('hex').padEnd(64, '0').slice(0, 64)}`,
      size,
    });
    const layers = Array.from({ length: 8 }, (_, layer) => descriptor(`${layer} ${seed}`, 4_000_000));
    return Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.image,
        config: descriptor(seed, 2000),
        layers,
      }),
    );
  };
  for (let number = 0; number < 100; number++)
    for (let build = 0; build < 20; build++) {
      const name = `app-${number}`;
      const at = now - (20 - build) * 24 * 3_600_000;
      const manifests = [0, 1, 2, 3].map((part) => {
        const body = image(`${number}/${build}/${part}`);
        const digest = store.push(name, sha256(body), body, mediaTypes.image, at);
        return { mediaType: mediaTypes.image, digest, size: body.length };
      });
      const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
      store.push(name, `v${build}`, index, mediaTypes.index, at);
    }
}

async function push({ url, owner, token }: Forge): Promise<void> {
  const client = new RegistryClient({ url, credentials: { username: owner, password: token } });
  for (let number = 0; number < 5; number++)
    for (let build = 0; build < 20; build++)
      await pushIndex(
        client,
        `${owner}/app-${number}`,
        ['a', 'b', 'attestation a', 'attestation b'].map((part) => `${number}/${build}/${part}`),
        `v${build}`,
      );
}

async function runPredecessor(program: string, { url, owner, token }: Forge): Promise<Run> {
  const cost = await whole([program, url, owner, token], {});
  return { ...cost, deletions: Number(/deleted (\d+) versions/.exec(cost.output)?.[1]) };
}

async function whole(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Cost> {
  const cost = await costOf(args, env);
  if (cost.code === 0) return cost;
  throw new Error(`${args[0]} ended with ${cost.code}: ${cost.output.slice(-2000)}`);
}

async function runRetention(program: string, { url, owner, token }: Forge): Promise<Run> {
  const cluster = await new FakeCluster().start();
  const group = `instance="${HOST}",job="forgejo-retention",owner="${owner}"`;
  cluster.metrics.set(`forgejo_retention_packages_expected{${group}}`, '0');
  const config: RetentionConfig = {
    ...DEFAULT_POLICY,
    ...{ graceHours: 0, maxDeletionsPerRun: 1_000_000, maxDeletedShareOfPackage: 1 },
    ...{
      mode: 'enforce',
      forgeUrl: url,
      registryHosts: [HOST],
      owner,
      tokenUser: owner,
      estateReferences: [],
    },
    ...{ pushgatewayUrl: cluster.url, kubernetesUrl: cluster.url, deadlineSeconds: 600 },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'token'), token);
  try {
    const run = await whole([program, join(folder, 'config.json')], {
      POD_NAMESPACE: OWN_POD.namespace,
      POD_NAME: OWN_POD.name,
      FORGEJO_TOKEN_FILE: join(folder, 'token'),
      KUBERNETES_TOKEN_FILE: join(folder, 'token'),
      // Without, V8 takes memory that it does not need before it collects.
      NODE_OPTIONS: nodeOptions.retention.join(' '),
    });
    // The log is capped, so it cannot be counted.
    const pushed = (metric: string): number =>
      Number([...cluster.metrics].find(([series]) => series.startsWith(`forgejo_retention_${metric}{`))?.[1]);
    return { ...run, deletions: pushed('tags_deleted') + pushed('digests_deleted') };
  } finally {
    await cluster.stop();
  }
}

function report(name: string, versions: number, [run, requests]: [Run, requests?: number]): void {
  say(
    [
      `  ${name}: ${run.seconds.toFixed(1)} s, ${run.deletions} deletions (${(run.deletions / run.seconds).toFixed(0)} rows a second), peak RSS ${run.peakMiB.toFixed(0)} MiB`,
      `processor ${run.cpuSeconds.toFixed(1)} s`,
      ...(requests === undefined ? [] : [`${(requests / versions).toFixed(2)} requests per version`]),
    ].join(', '),
  );
}

void bench(main).finally(() => {
  rmSync(folder, { recursive: true, force: true });
});
