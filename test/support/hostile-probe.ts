import { mediaTypes } from '../../clients/oci/manifest';
import { parseConfig } from '../../programs/integrity-probe/config';
import { run } from '../../programs/integrity-probe/probe-run';
import { FakeRegistry, sha256 } from './fake-registry';
import type { MakeWorld } from './hostile-run';

/** The kinds of requests that the probe makes. */
export const probeRequests = ['token', 'catalog', 'tags', 'manifest', 'blob', 'metrics', 'tell'];
const USER = { username: 'puller', password: 'pull-secret-0123456789' };
const JOB = 'forgejo-integrity-probe';

/** Two repositories: one with an index of two platforms under two tags, one with an image that shares a layer. */
function fill(registry: FakeRegistry): void {
  const image = (repository: string, seed: string, tag?: string): object => {
    const blobs = [seed, 'base'].map((text) => Buffer.from(text));
    const [config, layer] = blobs.map((body) => ({
      ...{ mediaType: 'application/x', digest: registry.putBlob(repository, body), size: body.length },
    }));
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.image, config, layers: [layer] };
    const body = Buffer.from(JSON.stringify(manifest));
    registry.putManifest(repository, tag ?? sha256(body), manifest);
    return { mediaType: mediaTypes.image, digest: sha256(body), size: body.length };
  };
  const manifests = ['amd64', 'arm64'].map((architecture) => ({
    ...image('viktor/app', architecture),
    platform: { os: 'linux', architecture },
  }));
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
  for (const tag of ['1', 'latest']) registry.putManifest('viktor/app', tag, index);
  image('viktor/web', 'web', '2');
}

/** A registry, which nothing may change. */
export const probeWorld: MakeWorld = async (stage, gateway) => {
  const { scheme } = stage.script;
  const registry = await new FakeRegistry({ auth: { scheme, ...USER }, maxPage: 1, ranges: true }).start();
  fill(registry);
  stage.before('registry', registry, ({ url = '' }) => {
    if (url.startsWith('/v2/token')) return 'token';
    if (url.startsWith('/v2/_catalog')) return 'catalog';
    return url.includes('/tags/') ? 'tags' : url.includes('/manifests/') ? 'manifest' : 'blob';
  });
  const config = {
    ...{ registryUrl: registry.url, instance: 'forge.example', pushgatewayUrl: gateway.url, job: JOB },
    ...{ retiredJobs: ['registry-probe'], deployedReferences: ['viktor/app:1'] },
    ...{ canaryReference: 'viktor/web:2', intervalMinutes: 15, rereadDays: 0, deployedRereadDays: 0 },
    ...{ maxBytesPerRun: 1e6, deadlineSeconds: 600, maxConcurrentRequests: 4 },
  };
  const parsed = parseConfig(JSON.stringify(config));
  return {
    stage,
    config,
    environment: { REG_USER: USER.username, REG_PASS: USER.password },
    tokens: {},
    program: {
      name: 'integrity probe',
      begin: (log) => ({
        deadlineSeconds: stage.pace.deadlineSeconds,
        run: (signal) =>
          run({
            ...{ config: parsed, credentials: USER, log, signal },
            patience: { retries: 1, retryDelayMs: 5, timeoutMs: stage.pace.timeoutMs },
          }),
      }),
    },
    secrets: new Map([[USER.password, 'registry']]),
    lost: () => [
      ...(stage.heard.get('registry') ?? []).filter((each) => !/^(GET|HEAD) /.test(each)),
      ...(stage.heard.get('gateway') ?? []).filter(
        (each) =>
          !/^(GET \/|(PUT|POST) \/metrics\/job\/forgejo-|DELETE \/metrics\/job\/registry-)/.test(each),
      ),
    ],
    stop: () => registry.stop(),
  };
};
