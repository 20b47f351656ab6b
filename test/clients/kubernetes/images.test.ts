import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KubernetesApi } from '../../../clients/kubernetes/api';
import { IMAGE_SOURCES, imagesInUse, imagesOf } from '../../../clients/kubernetes/images';
import { FakeCluster } from '../../support/fake-cluster';

const podSpec = (image: string): object => ({ containers: [{ name: 'main', image }] });

describe('the images that a cluster uses', () => {
  let cluster: FakeCluster;
  let api: KubernetesApi;
  beforeEach(async () => {
    cluster = await new FakeCluster().start();
    api = new KubernetesApi({ url: cluster.url, token: 'cluster-token', pageSize: 2, retryDelayMs: 1 });
  });
  afterEach(() => cluster.stop());

  it('are found in containers of every sort, in statuses and in image volumes, and not in metadata', () => {
    const pod = {
      metadata: { name: 'pod', annotations: { image: 'not/one:1' } },
      spec: {
        initContainers: [{ image: 'init:1' }],
        containers: [{ image: 'main:1', env: [{ name: 'image', value: 'not/one:2' }] }],
        ephemeralContainers: [{ image: 'debug:1' }],
        volumes: [{ name: 'models', image: { reference: 'volume:1', pullPolicy: 'Always' } }],
      },
      status: { containerStatuses: [{ image: 'main:1', imageID: 'host/main@sha256:1' }, { image: '' }] },
    };

    expect(new Set(imagesOf(pod).map(({ image, told }) => `${image} ${told}`))).toEqual(
      new Set([
        ...['init:1', 'main:1', 'debug:1', 'volume:1'].map((image) => `${image} true`),
        ...['main:1', 'host/main@sha256:1'].map((image) => `${image} false`),
      ]),
    );
  });

  it('of an owner are found in arguments and variables too, with a tag or a digest, and addresses of pages are not', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const args = [
      '--sidecar=Forge.example:443/viktor/app:v0',
      `FROM forge.example/viktor/team/app@${digest} AS x`,
      'run "docker://forge.example/viktor/app:v1".',
      'https://forge.example/viktor/app.git and git@forge.example:viktor/app',
      'forge.example/limu/app:v1',
    ];
    const pod = {
      metadata: { name: 'pod', annotations: { note: args[0] } },
      spec: { containers: [{ args, env: [{ name: 'JOB', value: 'forge.example/viktor/job:1.2.' }] }] },
      status: { message: 'forge.example/viktor/gone:v9' },
    };

    expect(imagesOf(pod, 'viktor')).toEqual(
      [
        'Forge.example:443/viktor/app:v0',
        `forge.example/viktor/team/app@${digest}`,
        'forge.example/viktor/app:v1',
        'forge.example/viktor/job:1.2',
        'forge.example/viktor/job:1.2.',
      ].map((image) => ({ image, told: false })),
    );
    expect(imagesOf(pod)).toEqual([]);
  });

  it.each([
    ['Job', 'batch/v1', '/apis/batch/v1/jobs', true],
    ['ReplicaSet', 'apps/v1', '/apis/apps/v1/replicasets', true],
    ['ReplicationController', 'v1', '/api/v1/replicationcontrollers', true],
    ['Job', 'batch.volcano.sh/v1alpha1', '/apis/batch/v1/jobs', false],
    ['Rollout', 'argoproj.io/v1alpha1', '/apis/apps/v1/replicasets', false],
  ])(
    'are an error when the list of %ss of %s lacks what pods name as owners',
    async (kind, apiVersion, path, is) => {
      const names = ['a', 'b', 'c', 'd'];
      const pods = names.map((name) => ({
        metadata: { name, namespace: 'apps', ownerReferences: [null, { apiVersion, kind, name }] },
      }));
      cluster.objects.set('/api/v1/pods', pods);
      cluster.objects.set(path, [{ metadata: { name: 'a', namespace: 'apps' } }]);
      const read = imagesInUse(api).then(
        ({ pods: { size } }) => `${size} pods`,
        (error: unknown) => String(error),
      );
      expect(await read).toContain(
        is ? `the list of ${kind}s lacks what other lists name as owners, got 1 of 4` : '4 pods',
      );

      cluster.objects.set(
        path,
        ['a', 'b'].map((name) => ({ metadata: { name, namespace: 'apps' } })),
      );
      expect((await imagesInUse(api)).pods.size).toBe(4);
    },
  );

  it.each(IMAGE_SOURCES)('are found in each $kind', async ({ kind, path }) => {
    const template = { template: { spec: podSpec('app:1') } };
    const shapes: Readonly<Record<string, object>> = {
      Pod: { spec: podSpec('app:1') },
      PodTemplate: template,
      ControllerRevision: { data: { spec: template } },
      CronJob: { spec: { jobTemplate: { spec: template } } },
    };
    cluster.objects.set(path, [
      { metadata: { name: 'one', namespace: 'apps' }, ...(shapes[kind] ?? { spec: template }) },
    ]);

    expect((await imagesInUse(api)).uses).toContainEqual({
      image: 'app:1',
      by: `${kind} apps/one`,
      told: true,
    });
  });

  it('are read page by page, each once, under the first object by name', async () => {
    const names = ['e', 'd', 'c', 'b', 'a'];
    cluster.objects.set(
      '/api/v1/pods',
      names.map((name) => ({
        metadata: { name, namespace: 'apps' },
        spec: podSpec(name < 'c' ? 'shared:1' : `${name}:1`),
      })),
    );

    const { uses, objects, pods } = await imagesInUse(api);
    expect(uses.map(({ image, by }) => `${image} ${by}`)).toEqual([
      'e:1 Pod apps/e',
      'd:1 Pod apps/d',
      'c:1 Pod apps/c',
      'shared:1 Pod apps/a',
    ]);
    expect({ objects, pods: pods.size }).toEqual({ objects: 5, pods: 5 });
    expect(cluster.requests.filter((request) => request.startsWith('GET /api/v1/pods'))).toEqual([
      'GET /api/v1/pods?limit=2',
      'GET /api/v1/pods?limit=2&continue=2',
      'GET /api/v1/pods?limit=2&continue=4',
    ]);
  });

  it('are read from the start again when a list has grown too old to be continued', async () => {
    cluster.objects.set(
      '/api/v1/pods',
      ['a', 'b', 'c'].map((name) => ({ metadata: { name, namespace: 'apps' }, spec: podSpec(`${name}:1`) })),
    );
    let expired = 0;
    cluster.intercept = (request, response) => {
      if (request.url !== '/api/v1/pods?limit=2&continue=2' || expired++ > 0) return false;
      response.writeHead(410).end('{"kind":"Status","reason":"Expired","code":410}');
      return true;
    };

    expect((await imagesInUse(api)).uses.map(({ image }) => image)).toEqual(['a:1', 'b:1', 'c:1']);
    expect(expired).toBe(2);
  });

  it('are an error when a list keeps expiring, is forbidden, or is not a list', async () => {
    for (const [status, body] of [
      [410, '{}'],
      [403, '{"message":"cronjobs.batch is forbidden"}'],
      [200, '{"kind":"Status"}'],
      [200, '{"items":[],"metadata":{"remainingItemCount":3}}'],
      [200, '{"items":[],"metadata":{"continue":5}}'],
      [200, '{"items":{"0":{}},"metadata":{}}'],
      [200, '\ufeff{"items":[]}'],
      [200, '5'],
      [200, '"items"'],
      [204, ''],
    ] as const) {
      cluster.intercept = (request, response) => {
        if (request.url?.startsWith('/apis/batch/v1/cronjobs') !== true) return false;
        response.writeHead(status).end(body);
        return true;
      };
      await expect(imagesInUse(api)).rejects.toThrow(/GET .*\/apis\/batch\/v1\/cronjobs: /);
    }
  });

  it('are asked for with the token of the ServiceAccount', async () => {
    const seen = new Set<string | undefined>();
    cluster.intercept = (request) => {
      seen.add(request.headers.authorization);
      return false;
    };

    await imagesInUse(api);

    expect([...seen]).toEqual(['Bearer cluster-token']);
  });
});
