import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ForgejoServer } from '../../constructs/forgejo-server';
import { estate } from '../../estate';
import { requiredClaims } from '../../estate/derived/claims';
import type { Estate } from '../../estate/estate';
import { factsHash } from '../../estate/evidence';
import { measureBake } from '../../evidence/bake';
import { measureRetentionObserved } from '../../evidence/retention-observed';
import { PrometheusApi } from '../../clients/prometheus';

const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const day = 86_400_000;

/** Every expression that is asked, of a Prometheus that has nothing. */
async function asked(): Promise<string[]> {
  const queries: string[] = [];
  const prometheus = Object.assign(Object.create(PrometheusApi.prototype) as PrometheusApi, {
    alertNames: () => Promise.resolve(new Set<string>()),
    range: ({ query }: { query: string }) => {
      queries.push(query);
      return Promise.resolve(new Map<number, number>());
    },
  });
  const evidence = requiredClaims({ ...estate, phase: 'bake' }).map(({ name, facts }) => ({
    ...{ claim: name, facts: factsHash(facts), measuredAt: '2026-01-01T00:00:00Z' },
    ...{ issuer: 'test' as const, seal: '' },
  }));
  const subject: Estate = { ...estate, evidence };
  const nowMs = Date.parse('2026-01-01T00:00:00Z') + 20 * day;
  const bake = await measureBake({ estate: subject, prometheus, nowMs });
  const observed = await measureRetentionObserved(subject, prometheus, nowMs);

  // Nothing has data, so nothing but the clock and alerts that never fired can hold.
  expect([...bake.looks, ...observed.looks].filter(({ holds }) => holds).map(({ what }) => what)).toEqual([
    ...[
      'every project pushes to both',
      'fourteen days',
      'no alert fired',
      'no alert fired',
      'no alert fired',
      'no alert fired',
    ],
    'Forgejo was not killed for want of memory',
  ]);
  return queries;
}

/** Who writes the metrics of a prefix: the name behind it stands there. */
const writers: Readonly<Record<string, string>> = {
  registry_manifest_integrity_: read('programs/integrity-probe/metrics.ts'),
  forgejo_retention_: read('programs/retention/metrics.ts'),
  image_push_: read('pipelines/verify-push.sh'),
  registry_gc_: read('test/golden/registry-vm/prepare/machine/opt/registry/collect-garbage.sh'),
};

test('each metric of ours that is asked for is one that is written', async () => {
  const queries = await asked();
  const names = queries.flatMap((query) => query.match(/\b(?:registry|forgejo|image_push)_\w+/gu) ?? []);

  expect(names.length).toBeGreaterThan(8);
  for (const name of new Set(names)) {
    const prefix = Object.keys(writers).find((each) => name.startsWith(each)) ?? '';
    expect([name, writers[prefix]?.includes(name.slice(prefix.length))]).toEqual([name, true]);
  }
});

test('Forgejo is asked for by the name that the construct gives its Deployment', async () => {
  const deployments = (await asked()).flatMap((query) => /deployment="([^"]+)"/u.exec(query)?.[1] ?? []);

  expect([...new Set(deployments)]).toEqual([ForgejoServer.serverName]);
});

test('every source whose silence would be taken for well was seen each hour', async () => {
  const hourly = (await asked()).filter((query) => query.includes('[1d:1h]'));

  expect(hourly.map((query) => /\(((?:registry|container|kube)_\w+)\{/u.exec(query)?.[1])).toEqual([
    ...['registry_manifest_integrity_failures', 'container_memory_working_set_bytes'],
    'kube_deployment_status_replicas_available',
  ]);
});

test('no file of the room asks for a metric that this does not see', async () => {
  const queries = (await asked()).join('\n');
  const texts = readdirSync(join(root, 'evidence')).map((name) => read(`evidence/${name}`));
  const named = texts.flatMap(
    (text) => text.match(/\b(?:registry_(?:gc|manifest)|forgejo_retention)_\w+/gu) ?? [],
  );

  expect([...new Set(named)].filter((name) => !queries.includes(name))).toEqual([]);
});
