import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { KubernetesApi } from '../../clients/kubernetes/api';
import { PrometheusApi, type RangeProps } from '../../clients/prometheus';
import type { DecommissionProps } from '../../migration/decommission/ask';
import { followUps } from '../../migration/decommission/follow-ups';
import { decommissionList, formatFollowUps } from '../../migration/decommission/run-decommission';
import { secondEstate } from '../second-estate';
import { FakeCluster } from '../support/fake-cluster';
import { FakePushgateway } from '../support/fake-pushgateway';
import { estateAt } from '../support/estates';
import { expectGolden } from '../support/golden';
import { nowMs, startScene, type Scene } from './scene';

const estate = estateAt('decommission');

// A loaded machine is slow, not wrong.
jest.setTimeout(60_000);

describe('what a decommission leaves to a person', () => {
  let scene: Scene;
  let cluster: FakeCluster;
  const tree = mkdtempSync(join(tmpdir(), 'tree-'));
  beforeAll(async () => {
    scene = await startScene();
    cluster = await new FakeCluster().start();
    mkdirSync(join(tree, '.woodpecker'));
  });
  afterAll(async () => {
    rmSync(tree, { recursive: true });
    await cluster.stop();
    await scene.stop();
  });

  test('is a list, each with what shows that it is done', async () => {
    const nobody = {
      prometheus: undefined,
      kubernetes: undefined,
      tree: undefined,
      target: scene.forge,
      nowMs,
    };
    const resolve = (): Promise<never> =>
      Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));

    expectGolden(
      'migration/decommission.txt',
      formatFollowUps(await decommissionList({ estate, sources: nobody, resolve })),
    );
    expect(followUps(secondEstate).map(({ what }) => what)).toContain(
      'the pods of the legacy registry, which are somebody else\u0027s, are gone',
    );
  });

  const seen = async (
    what: RegExp,
    change: Partial<DecommissionProps> & { readonly said?: string },
  ): Promise<string> => {
    const { said = '', ...rest } = change;
    const kubernetes = new KubernetesApi({ url: cluster.url, retries: 0 });
    const list = await decommissionList({
      estate,
      sources: { prometheus: undefined, kubernetes, tree, target: scene.forge, nowMs },
      resolve: () => Promise.resolve([]),
      ssh: { access: { user: 'root' }, run: () => Promise.resolve({ code: 0, stdout: said, stderr: '' }) },
      ...rest,
    });
    const { now } = list.find((each) => what.test(each.what)) ?? {};
    return `${String(now?.holds)}: ${now?.saw ?? ''}`;
  };

  test.each([
    ['registry-dockerhub\nregistry-private', 'false: registry-private is there'],
    ['registry-dockerhub\nregistry-private-old', 'true: 2 others'],
  ])('the container by its name: %j', async (said, is) => {
    expect(await seen(/^the container/u, { said })).toBe(is);
  });

  test.each([
    ['gone', 'true: it is gone'],
    [
      '2791728742\n/opt/registry/data/private/_breakglass',
      'false: 2.6 GiB to be freed, and /opt/registry/data/private/_breakglass in it, which is never removed; move it first',
    ],
    ['2791728742', 'false: 2.6 GiB to be freed; whether an alert fired was not asked'],
  ])('the folder of its data: %j', async (said, is) => {
    expect(await seen(/is removed, seven days/u, { said })).toBe(is);
  });

  test.each([
    ['2026-01-02T00:00:00Z', 7, 'no alert for 7 days, so it may go'],
    ['2026-01-02T00:00:00Z', 7, 'not yet, Prometheus has no rule that watches a registry', 'Watchdog'],
    ['2026-01-02T00:00:00Z', 6, 'not yet, Prometheus has 6 of 7 days'],
    ['2026-01-09T00:00:00Z', 7, 'not yet, it was seen out of use 2026-01-09T00:00:00Z'],
    [undefined, 7, 'not yet, it was seen out of use never'],
  ])(
    'its data, out of use since %s, with %i days of Prometheus: %s',
    async (measuredAt, days, says, rule = 'RegistryCatalogInaccessible') => {
      const range = ({ query, from }: RangeProps): Promise<ReadonlyMap<number, number>> =>
        Promise.resolve(
          new Map(
            query.includes('ALERTS') ? [] : Array.from({ length: days }, (_, at) => [from + at * 86_400, 1]),
          ),
        );
      const alertNames = () => Promise.resolve(new Set([rule]));
      const prometheus = Object.assign(Object.create(PrometheusApi.prototype) as PrometheusApi, {
        ...{ range, alertNames },
      });
      const evidence = estate.evidence
        .filter(({ claim }) => claim !== 'legacy-unused' || measuredAt !== undefined)
        .map((each) => ({ ...each, measuredAt: measuredAt ?? each.measuredAt }));
      const sources = { prometheus, kubernetes: undefined, tree, target: scene.forge, nowMs };

      expect(
        await seen(/is removed, seven days/u, {
          said: '2791728742',
          sources,
          estate: { ...estate, evidence },
        }),
      ).toBe(`false: 2.6 GiB to be freed: ${says}`);
    },
  );

  test('a machine that cannot be asked is not well', async () => {
    const run = () => Promise.resolve({ code: 255, stdout: '', stderr: 'Connection refused' });

    expect(await seen(/^the container/u, { ssh: { access: { user: 'root' }, run } })).toBe(
      'false: docker-registry.viktorbarzin.lan: could not be asked, got "Connection refused"; log in by hand',
    );
  });

  test('an Ingress that was forgotten, and a Service behind it', async () => {
    expect(await seen(/^no Ingress/u, {})).toBe('false: 0 objects, none of them');
    cluster.objects.set('/api/v1/services', [
      { metadata: { namespace: 'default', name: 'kubernetes' }, spec: {} },
    ]);
    expect(await seen(/^no Ingress/u, {})).toBe('true: 1 objects, none of them');
    cluster.objects.set('/apis/networking.k8s.io/v1/ingresses', [
      {
        metadata: { namespace: 'reverse-proxy', name: 'docker-registry' },
        spec: { rules: [{ host: 'registry.viktorbarzin.me' }] },
      },
    ]);
    expect(await seen(/^no Ingress/u, {})).toBe(
      'false: Ingress reverse-proxy/docker-registry: registry.viktorbarzin.me',
    );
  });

  test('its name, which a wildcard may still answer', async () => {
    expect(await seen(/^nobody answers/u, { resolve: () => Promise.resolve(['10.0.20.10']) })).toBe(
      'false: 10.0.20.10',
    );
    const broken = () => Promise.reject(Object.assign(new Error('queryA ESERVFAIL'), { code: 'ESERVFAIL' }));
    expect(await seen(/^nobody answers/u, { resolve: broken })).toContain(
      'false: registry.viktorbarzin.me: could not be resolved',
    );
  });

  test('the dual push, which stays until a build is whole at Forgejo', async () => {
    const file = join(tree, '.woodpecker/build-ci-image.yml');
    expect(await seen(/^pipelines of the tree/u, {})).toBe(
      'true: viktor/infra-ci:latest is whole at Forgejo, no pipeline names it',
    );
    writeFileSync(file, 'steps: [{ settings: { repo: [registry.viktorbarzin.me:5050/infra-ci] } }]\n');
    expect(await seen(/^pipelines of the tree/u, {})).toBe(
      'false: viktor/infra-ci:latest is whole at Forgejo, build-ci-image.yml still names it; drop it there',
    );
    scene.target.repositories.get('viktor/infra-ci')?.blobs.clear();
    expect(await seen(/^pipelines of the tree/u, {})).toBe(
      'false: viktor/infra-ci:latest is not whole at Forgejo, build-ci-image.yml still names it; keep it until a build is',
    );
  });

  test('the last push of a job that is gone', async () => {
    const gateway = await new FakePushgateway().start();
    try {
      expect(
        await seen(/^the Pushgateway keeps nothing of job="registry-int/u, { pushgateway: gateway.url }),
      ).toBe('true: no such group');
      gateway.served = 'push_time_seconds{instance="",job="registry-integrity-probe"} 1.7e+09\n';
      expect(
        await seen(/^the Pushgateway keeps nothing of job="registry-int/u, { pushgateway: gateway.url }),
      ).toBe('false: its last push is left');
    } finally {
      await gateway.stop();
    }
  });
});
