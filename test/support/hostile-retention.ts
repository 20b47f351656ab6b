import { mediaTypes } from '../../clients/oci/manifest';
import { DEFAULT_POLICY, parseConfig } from '../../programs/retention/config';
import { run } from '../../programs/retention/run';
import { FakeCluster, OWN_POD } from './fake-cluster';
import { FakeForgejo } from './fake-forgejo';
import { ForgejoRows, sha256 } from './forgejo-rows';
import type { MakeWorld } from './hostile-run';

const HOST = 'forge.example';
const HOUR_MS = 3_600_000;
/** The kinds of requests that retention makes. */
export const retentionRequests = [
  'token',
  'upload',
  'manifest',
  'catalog',
  'list',
  'check',
  'version',
  'delete',
  'cluster',
  'metrics',
  'tell',
];
const TOKEN = 'forge-secret-0123456789';
const CLUSTER_TOKEN = 'cluster-secret-0123456789';

const imageOf = (seed: string): Buffer => {
  const blob = { mediaType: 'application/x', digest: sha256(Buffer.from(seed)), size: seed.length };
  return Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.image, config: blob, layers: [blob] }),
  );
};
const children = ['own', 'pinned', 'kept'].map(imageOf);
const [, PINNED = '', KEPT = ''] = children.map(sha256);
const indexOf = (...places: readonly number[]): Buffer => {
  const manifests = places.map((place) => ({
    mediaType: mediaTypes.image,
    digest: sha256(children[place] ?? Buffer.alloc(0)),
    size: children[place]?.length,
  }));
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
};

/** What the tests need of a forge whose `app` has three builds of which one is needed by nothing, and `web` two. */
function fill({ store }: FakeForgejo): void {
  const atMs = Date.now() - 100 * HOUR_MS;
  const push = (name: string, reference: string, body: Buffer, hours: number): unknown =>
    store.push(
      name,
      reference,
      body,
      body.includes('"manifests"') ? mediaTypes.index : mediaTypes.image,
      atMs + hours * HOUR_MS,
    );
  children.forEach((body) => push('app', sha256(body), body, 0));
  push('app', 'estate', imageOf('estate'), 1);
  push('app', 'old', indexOf(0), 1);
  push('app', 'runs', indexOf(1), 2);
  push('app', 'newest', indexOf(2), 3);
  push('web', 'old', imageOf('old'), 1);
  push('web', 'runs', imageOf('runs'), 2);
  push('web', 'newest', imageOf('newest'), 3);
}

/** What only the cluster or the estate protects, whatever the forge says; and what the forge's own word protects. */
const named = { cluster: ['web runs', `app ${PINNED}`], estate: ['app estate'] };
const judged = ['app newest', `app ${KEPT}`, 'web newest'];

/** A forge, a cluster and what must be left of them. */
export const retentionWorld: MakeWorld = async (stage, gateway) => {
  const forge = await new FakeForgejo().start();
  const cluster = await new FakeCluster().start();
  forge.tokens.set(TOKEN, 'viktor');
  fill(forge);
  const others = new ForgejoRows();
  others.push('copy', 'v1', children[0] ?? Buffer.alloc(0), mediaTypes.image, 0);
  forge.others.set('limu', others);
  gateway.metrics.set(
    `forgejo_retention_packages_expected{instance="${HOST}",job="forgejo-retention",owner="viktor"}`,
    '2',
  );
  const container = (image: string): object => ({ spec: { containers: [{ name: 'main', image }] } });
  cluster.objects.set('/apis/apps/v1/deployments', [
    {
      metadata: { name: 'web', namespace: 'apps' },
      spec: { template: container(`${HOST}/viktor/web:runs`) },
    },
    {
      metadata: { name: 'app', namespace: 'apps' },
      spec: { template: container(`${HOST}/viktor/app@${PINNED}`) },
    },
  ]);
  stage.before('forge', forge, ({ method = '', url = '' }) => {
    if (url.startsWith('/v2/token')) return 'token';
    if (url.startsWith('/v2/_catalog')) return 'catalog';
    if (url.startsWith('/v2/')) return method === 'GET' ? 'manifest' : 'upload';
    if (method === 'DELETE') return 'delete';
    return url.includes('/container/') ? 'version' : url.includes('&q=') ? 'check' : 'list';
  });
  stage.before('cluster', cluster, () => 'cluster');
  const config = {
    ...{ ...DEFAULT_POLICY, mode: 'enforce', forgeUrl: forge.url, registryHosts: [HOST] },
    ...{ owner: 'viktor', tokenUser: 'viktor', pushgatewayUrl: gateway.url, kubernetesUrl: cluster.url },
    ...{ estateReferences: [`${HOST}/viktor/app:estate`] },
    ...{ keepNewestTags: 1, maxDeletedShareOfPackage: 1, maxConcurrentRequests: 4, deadlineSeconds: 600 },
  };
  const parsed = parseConfig(JSON.stringify(config));
  return {
    stage,
    config,
    environment: {},
    tokens: { forge: TOKEN, cluster: CLUSTER_TOKEN },
    program: {
      name: 'retention',
      begin: (print) => ({
        deadlineSeconds: stage.pace.deadlineSeconds,
        run: (signal) =>
          run({
            ...{
              config: parsed,
              token: TOKEN,
              clusterToken: CLUSTER_TOKEN,
              pod: OWN_POD,
              print,
              signal,
            },
            patience: { retries: 1, retryDelayMs: 5, timeoutMs: stage.pace.timeoutMs },
          }),
      }),
    },
    secrets: new Map([
      [TOKEN, 'forge'],
      [CLUSTER_TOKEN, 'cluster'],
    ]),
    lost: () => {
      const there = new Set(forge.store.rows.map((row) => `${row.package} ${row.name}`));
      const lies = (at: readonly string[]): boolean =>
        stage.script.faults.some(
          (fault) =>
            ['any', ...at].includes(fault.at) &&
            ['lie', 'document', 'status', 'header', 'redirect', 'raw'].includes(fault.answer.kind),
        );
      const mustBe = [
        ...named.estate,
        ...(lies(['cluster']) ? [] : named.cluster),
        ...(lies(['list', 'check', 'manifest', 'version']) ? [] : judged),
      ];
      return mustBe.filter((each) => !there.has(each)).map((each) => `${each} was deleted`);
    },
    stop: async () => {
      await Promise.all([forge.stop(), cluster.stop()]);
    },
  };
};
