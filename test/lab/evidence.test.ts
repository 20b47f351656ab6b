import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RegistryClient } from '../../clients/oci/client';
import { pushImage } from '../../clients/oci/push-image';
import { PrometheusApi } from '../../clients/prometheus';
import { estate } from '../../estate';
import { hasRegistryVm, type Estate } from '../../estate/estate';
import { requiredClaims } from '../../estate/derived/claims';
import { collectedRegistries } from '../../estate/derived/collected-registries';
import { legacySpellings } from '../../estate/derived/legacy-registry';
import { factsHash, readEvidence } from '../../estate/evidence';
import { measureDualPush } from '../../evidence/dual-push';
import { mediaTypes } from '../../clients/oci/manifest';
import { evidence as evidenceVerb } from '../../commands/evidence';
import { measureBake } from '../../evidence/bake';
import { measureImagePresent } from '../../evidence/image-present';
import { measureRetentionObserved } from '../../evidence/retention-observed';
import type { Measured } from '../../evidence/measured';
import { startLab, type Lab } from '../../lab/runs/lab';
import { forgejoAlerts } from '../../monitoring/forgejo-alerts';
import { integrityAlerts } from '../../monitoring/integrity-alerts';
import { pushAlerts } from '../../monitoring/push-alerts';
import { ruleFile } from '../../monitoring/rule-file';
import { secondEstate } from '../second-estate';
import { call } from '../support/call';
import { describeLab } from './describe-lab';
import { stringify } from 'yaml';

const day = 86_400;
/** Six in the morning, seventy days ago. */
const begin = Math.floor(Date.now() / 1000 / day - 70) * day + 6 * 3600;
const runbookUrl = 'https://git.example/runbook.md';
const rules = [
  integrityAlerts({
    instances: [estate.forgejo.host],
    collections: [],
    intervalMinutes: 15,
    namespace: 'monitoring',
    retention: { namespace: 'forgejo', cronJob: 'forgejo-cleanup', maxShare: 0.3 },
    runbookUrl,
  }),
  forgejoAlerts({ namespace: estate.forgejo.namespace, runbookUrl }),
  pushAlerts({ legacy: legacySpellings(estate), forgejo: estate.forgejo.host, runbookUrl }),
];

/**
 * What Prometheus would have kept of seventy days: the first sixteen as they should be, then two without data, then a fault,
 * and from day 50 on what looks well from afar.
 */
function history(): string {
  const F = `instance="${estate.forgejo.host}"`;
  const R = `${F},owner="${estate.forgejo.packages.owner}"`;
  const S = `instance="${secondEstate.forgejo.host}",owner="${secondEstate.forgejo.packages.owner}"`;
  const pod = `namespace="${estate.forgejo.namespace}"`;
  const container = `${pod},container="forgejo"`;
  const spike = 59 * 24 + 5 + 1 / 60;
  const hours = [...Array.from({ length: 66 * 24 }, (_, hour) => hour), spike, spike + 1 / 60]
    .filter((hour) => hour < 20 * 24 || hour >= 22 * 24)
    .sort((a, b) => a - b);
  const dayOf = (hour: number): number => Math.floor(hour / 24);
  const at = (hour: number): number => begin + Math.round(hour * 3600);
  const ranAt = (hour: number): number => at(Math.floor((hour - 4) / 24) * 24 + 4);
  const series: Readonly<Record<string, (hour: number) => number | undefined>> = {
    [`registry_manifest_integrity_failures{${F}}`]: (hour) =>
      dayOf(hour) === 52 && hour % 24 > 3 ? undefined : hour === 34 * 24 + 5 ? 1 : 0,
    [`registry_manifest_integrity_last_success_timestamp{${F}}`]: at,
    [`registry_manifest_integrity_canary_success{${F}}`]: () => 1,
    [`container_memory_working_set_bytes{${container}}`]: (hour) =>
      dayOf(hour) === 36 || hour === spike ? 95 : 50,
    [`container_spec_memory_limit_bytes{${container}}`]: () => 100,
    [`kube_deployment_status_replicas_available{${pod},deployment="forgejo"}`]: (hour) =>
      dayOf(hour) === 63 && hour % 24 > 3 ? undefined : dayOf(hour) === 37 ? 0 : 1,
    // Another kube-state-metrics takes over: for moments, and when Forgejo is killed.
    [`kube_deployment_status_replicas_available{${pod},deployment="forgejo",instance="other"}`]: (hour) =>
      hour === 10 * 24 ? 0 : undefined,
    [`kube_pod_container_status_restarts_total{${container},pod="forgejo-1"}`]: (hour) =>
      hour < 54 * 24 + 5 ? 1 : undefined,
    [`kube_pod_container_status_restarts_total{${container},pod="forgejo-1",instance="other"}`]: (hour) =>
      hour < 54 * 24 + 5 ? undefined : 2,
    [`kube_pod_container_status_last_terminated_reason{${container},pod="forgejo-1",reason="OOMKilled"}`]: (
      hour,
    ) => (dayOf(hour) < 54 || dayOf(hour) > 56 ? undefined : 1),
    [`ALERTS{alertname="RegistryIntegrityUnknown",${F},alertstate="firing"}`]: (hour) =>
      hour === 58 * 24 + 5 ? 1 : undefined,
    'ALERTS{alertname="ImagePushIncomplete",alertstate="firing"}': (hour) =>
      hour === 57 * 24 + 5 ? 1 : undefined,
    [`forgejo_retention_last_success_timestamp_seconds{${R}}`]: (hour) =>
      dayOf(hour) === 60 ? undefined : ranAt(hour),
    'forgejo_retention_last_success_timestamp_seconds{instance="git.other.example",owner="other"}': ranAt,
    // On Saturdays alone; the fourth of them was missed.
    [`forgejo_retention_last_success_timestamp_seconds{${S}}`]: (hour) =>
      at(Math.floor((dayOf(hour) >= 28 && dayOf(hour) < 35 ? 24 * 27 : hour) / 168) * 168),
    ...Object.fromEntries(
      ['enforcing', 'broken_images', 'missing_estate_references'].map((name) => [
        `forgejo_retention_${name}{${S}}`,
        () => 0,
      ]),
    ),
    [`forgejo_retention_enforcing{${R}}`]: (hour) => (dayOf(hour) < 7 || dayOf(hour) === 40 ? 0 : 1),
    [`forgejo_retention_broken_images{${R}}`]: () => 0,
    [`forgejo_retention_missing_estate_references{${R}}`]: () => 0,
    ...Object.fromEntries(
      estate.projects.map(({ name }) => [
        `image_push_verified_timestamp_seconds{registry="${estate.forgejo.host}",repository="${estate.forgejo.packages.owner}/${name}"}`,
        // Of one there is only what a copy brought.
        (hour: number) => (name === 'freedify' && hour > 46 * 24 ? undefined : begin),
      ]),
    ),
    ...Object.fromEntries(
      (hasRegistryVm(estate) ? collectedRegistries(estate) : []).map(({ name }, index) => [
        `registry_gc_last_success_timestamp_seconds{registry="${name}"}`,
        // The Pushgateway forgets one of them on the last day of the fortnight.
        (hour: number) =>
          index === 1 && (hour > 46 * 24 || (hour >= 13 * 24 && hour <= 15 * 24))
            ? undefined
            : at(Math.floor(hour / 168) * 168),
      ]),
    ),
  };
  const families = new Set<string>();
  return [
    ...Object.entries(series).flatMap(([name, value]) => {
      const family = name.split('{')[0] ?? '';
      const type = families.size < families.add(family).size ? [`# TYPE ${family} gauge`] : [];
      const samples = hours.flatMap((hour) => {
        const sample = value(hour);
        return sample === undefined ? [] : [`${name} ${sample} ${at(hour)}`];
      });
      return [...type, ...samples];
    }),
    '# EOF\n',
  ].join('\n');
}

const faults = ({ looks }: Measured): string[] =>
  looks
    .filter(({ holds }) => !holds)
    .map(({ what, saw }) => `${what}: ${saw.replace(/: (?:max|min|count)\(.*$/su, '')}`);
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
/** The estate whose projects were all seen on both sides at this moment. */
const pushingSince = (seconds: number): Estate => ({
  ...estate,
  evidence: requiredClaims({ ...estate, phase: 'bake' }).map(({ name, facts }) => ({
    ...{ claim: name, facts: factsHash(facts), issuer: 'test', seal: '' },
    measuredAt: `${iso(seconds).slice(0, 19)}Z`,
  })),
});

describeLab('evidence', () => {
  let lab: Lab<'prometheus' | 'legacyRegistry' | 'forge'>;
  let prometheus: PrometheusApi;
  beforeAll(async () => {
    lab = await startLab({
      prometheus: { rules: rules.map((group) => stringify(ruleFile([group]))), history: history() },
      legacyRegistry: true,
      forge: true,
    });
    prometheus = new PrometheusApi({ url: lab.prometheus.url });
  }, 600_000);
  afterAll(() => lab.stop());

  describe('of the bake', () => {
    const bake = (from: number, days: number): Promise<Measured> =>
      measureBake({ estate: pushingSince(from), prometheus, nowMs: (from + days * day + 60) * 1000 });

    test('holds after fourteen days in which all was well', async () => {
      const measured = await bake(begin, 15);

      expect(faults(measured)).toEqual([]);
      const [from, to] = [1, 15].map((days) => iso(begin + days * day + 60).slice(0, 19));
      expect(measured.window).toBe(`${from ?? ''}Z/${to ?? ''}Z`);
    });

    test('is about the last fourteen days, however long ago it began: what Prometheus forgot cannot hold it up', async () => {
      const estateOfOld = pushingSince(begin - 30 * day);
      const nowMs = (begin + 15 * day + 60) * 1000;

      expect(faults(await measureBake({ estate: estateOfOld, prometheus, nowMs }))).toEqual([]);
    });

    test('does not hold after three hours, nor a day before the fortnight', async () => {
      expect(faults(await bake(begin, 0.125))).toEqual([
        expect.stringContaining('fourteen days: 0 whole days'),
      ]);
      expect(faults(await bake(begin, 13.9))).toEqual([
        expect.stringContaining('fourteen days: 13 whole days'),
      ]);
    });

    test('counts from the project that came last, and does not begin without one of them', async () => {
      const late = pushingSince(begin);
      const [first, ...rest] = late.evidence.filter(({ claim }) => claim.startsWith('dual-push/'));
      if (first === undefined) throw new Error('the estate has projects');
      const moved = {
        ...late,
        evidence: [...rest, { ...first, measuredAt: `${iso(begin + 4 * day).slice(0, 19)}Z` }],
      };
      const nowMs = (begin + 15 * day) * 1000;

      expect(faults(await measureBake({ estate: moved, prometheus, nowMs }))).toEqual([
        expect.stringContaining('11 whole days'),
      ]);
      expect(faults(await measureBake({ estate: { ...late, evidence: rest }, prometheus, nowMs }))).toEqual([
        'every project pushes to both: no evidence of dual-push/claude-agent-service',
      ]);
      const otherFacts = { ...late, evidence: [...rest, { ...first, facts: factsHash('others') }] };
      expect(faults(await measureBake({ estate: otherFacts, prometheus, nowMs }))).toEqual([
        'every project pushes to both: no evidence of dual-push/claude-agent-service',
      ]);
    });

    test('two days without data are no proof of anything', async () => {
      const found = faults(await bake(begin + 16 * day, 14));

      expect(found.length).toBe(10);
      expect(found.every((fault) => fault.includes('no data for the day from'))).toBe(true);
    });

    test('a fault, memory near the limit, an outage and retention that only observes each end it', async () => {
      expect(faults(await bake(begin + 31 * day, 14)).map((fault) => fault.split(':')[0])).toEqual([
        'no fault was found',
        'Forgejo was never near its memory limit',
        'Forgejo answered /api/healthz',
        'retention enforced from day 7 on',
      ]);
    });

    test('what looks well once a day may not have been: hours unseen, a kill between two looks, a build of one side', async () => {
      expect(
        faults(await bake(begin + 50 * day, 14)).map((fault) => fault.split(/ on | for |: no/u)[0]),
      ).toEqual([
        ...['Prometheus saw every hour: 5', 'Prometheus saw every hour: 5'],
        ...['no alert fired: 1', 'no alert fired: 1'],
        'Forgejo was never near its memory limit: 0.95',
        'Forgejo was not killed',
        'retention ran well: 0',
        'the pipeline of freedify read its push back',
        'garbage was collected',
      ]);
    });

    test('an alert whose rule is not loaded proves nothing', async () => {
      const without = Object.assign(Object.create(prometheus) as PrometheusApi, {
        alertNames: () => Promise.resolve(new Set<string>()),
        range: prometheus.range.bind(prometheus),
      });
      const measured = await measureBake({
        estate: pushingSince(begin),
        prometheus: without,
        nowMs: (begin + 15 * day) * 1000,
      });

      expect(faults(measured)).toEqual([
        'the rules are loaded: not loaded: RegistryManifestIntegrityFailure, RegistryIntegrityUnknown, ForgejoNearMemoryLimit, ImagePushIncomplete',
      ]);
    });

    test('an address that is no Prometheus is said to be none', async () => {
      const other = new PrometheusApi({ url: lab.legacyRegistry.url, retries: 0 });

      await expect(
        measureBake({ estate: pushingSince(begin), prometheus: other, nowMs: (begin + 15 * day) * 1000 }),
      ).rejects.toThrow(/404|Prometheus/);
    });
  });

  test('of observed retention is about the days that the policy asks for', async () => {
    const at = (days: number): Promise<Measured> =>
      measureRetentionObserved(estate, prometheus, (begin + days * day - 60) * 1000);

    expect(faults(await at(7))).toEqual([]);
    expect(faults(await at(15)).map((fault) => fault.split(':')[0])).toEqual(['it only observed']);
    expect(faults(await at(26)).every((fault) => fault.includes('no data'))).toBe(true);
  });

  test('of observed retention is about the runs that its schedule has', async () => {
    const at = (days: number): Promise<Measured> =>
      measureRetentionObserved(secondEstate, prometheus, (begin + days * day + 3600) * 1000);

    expect(faults(await at(17))).toEqual([]);
    expect(faults(await at(42)).map((fault) => fault.split(':')[0])).toEqual(['it ran well']);
  });

  test('that an image is present is about each tag, whole, with the digest of its source', async () => {
    const owner = await lab.forge.createUser({ name: 'viktor' });
    const password = await lab.forge.createToken(owner, ['write:package']);
    const target = new RegistryClient({
      url: lab.forge.url,
      credentials: { username: owner.name, password },
    });
    const source = new RegistryClient({ url: lab.legacyRegistry.url });
    const image = {
      name: 'chrome-service-novnc',
      source: { registry: 'legacy', repository: 'novnc' },
      tag: 'v4',
      otherTags: ['latest'],
      tagOwner: 'terraform',
    } as const;
    const measure = async (): Promise<string[]> =>
      faults(await measureImagePresent({ estate, image, target, sourceOf: () => source })).map((fault) =>
        fault.replaceAll(/sha256:[0-9a-f]{64}/gu, '…'),
      );
    await pushImage(source, 'novnc', 'four', 'v4');

    expect(await measure()).toEqual([
      `viktor/chrome-service-novnc:latest: ${estate.forgejo.host} has no such tag`,
      `viktor/chrome-service-novnc:v4: ${estate.forgejo.host} has no such tag`,
    ]);
    await pushImage(target, 'viktor/chrome-service-novnc', 'four', 'v4');
    await pushImage(target, 'viktor/chrome-service-novnc', 'newest', 'latest');
    expect(await measure()).toEqual([]);
    await pushImage(source, 'novnc', 'another', 'v4');
    expect(await measure()).toEqual([expect.stringContaining(`v4: …, ${estate.legacyRegistry.host}: …`)]);
  });

  test('that a project pushes to both is about a new build of a commit, and no copy', async () => {
    const owner = await lab.forge.createUser({ name: 'pushing' });
    const password = await lab.forge.createToken(owner, ['write:package']);
    const target = new RegistryClient({
      url: lab.forge.url,
      credentials: { username: owner.name, password },
    });
    const source = new RegistryClient({ url: lab.legacyRegistry.url });
    const packages = { ...estate.forgejo.packages, owner: owner.name };
    const subject: Estate = { ...estate, forgejo: { ...estate.forgejo, packages } };
    const image = estate.images.find(({ name }) => name === 'job-hunter');
    if (image === undefined) throw new Error('the estate has job-hunter');
    const nowMs = Date.now();
    const build = async (
      client: RegistryClient,
      repository: string,
      tag: string,
      ageDays: number,
    ): Promise<void> => {
      const created = new Date(Math.floor(nowMs / 1000) * 1000 - ageDays * day * 1000).toISOString();
      const config = Buffer.from(JSON.stringify({ created, os: 'linux', architecture: 'amd64' }));
      const layer = Buffer.from(`layer of ${tag}`);
      const [configDigest, layerDigest] = [
        await client.putBlob(repository, config),
        await client.putBlob(repository, layer),
      ];
      const manifest = {
        ...{ schemaVersion: 2, mediaType: mediaTypes.image },
        config: {
          mediaType: 'application/vnd.oci.image.config.v1+json',
          digest: configDigest,
          size: config.length,
        },
        layers: [
          { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layerDigest, size: layer.length },
        ],
      };
      await client.putManifest(repository, tag, Buffer.from(JSON.stringify(manifest)), mediaTypes.image);
    };
    const onBoth = async (tag: string, ageDays: number): Promise<void> => {
      await build(source, 'job-hunter', tag, ageDays);
      await build(target, `${owner.name}/job-hunter`, tag, ageDays);
    };
    const measure = async (): Promise<string[]> =>
      (await measureDualPush({ estate: subject, image, target, sourceOf: () => source, nowMs })).looks.map(
        ({ holds, saw }) => `${String(holds)}: ${saw.replace(/sha256:[0-9a-f]{64}/u, '…')}`,
      );

    expect(await measure()).toEqual([expect.stringContaining('false: no tag of a commit that both have')]);
    await onBoth(image.tag, 1); // named by the estate, so a copy brings it
    await onBoth('0000aaaa', 30);
    await onBoth('latest', 1);
    await build(source, 'job-hunter', '1111bbbb', 1);
    await build(target, `${owner.name}/job-hunter`, '1111bbbb', 2);
    expect(await measure()).toEqual([
      expect.stringMatching(
        /^false: 1111bbbb is not the same on both sides, 0000aaaa was built 2\S+; let its pipeline/,
      ),
    ]);
    // A registry lists by the alphabet, and half of all commits come behind this one.
    await onBoth('0000cccc', 1);
    for (let build = 0; build < 51; build += 1) await onBoth(`ffff00${(16 + build).toString(16)}`, 40);
    expect(await measure()).toEqual([expect.stringMatching(/^true: 0000cccc, …, built /)]);
  });

  test('is written by the command where it holds, and read back by the estate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
    try {
      const ready: Estate = {
        ...pushingSince(begin),
        phase: 'cutover',
        evidence: pushingSince(begin).evidence,
      };
      const verb = evidenceVerb(() => ready, { folder, now: () => (begin + 15 * day) * 1000 });
      const collected = await call(
        ['evidence', 'collect', 'bake-complete', '--prometheus', lab.prometheus.url],
        {
          verbs: [verb],
        },
      );

      expect([collected.code, collected.out.split('\n').slice(-3)[0]]).toEqual([
        0,
        'written: estate/evidence/bake-complete.json; commit it',
      ]);
      expect(readEvidence(folder)).toMatchObject({
        evidence: [{ claim: 'bake-complete' }],
        evidenceFaults: [],
      });
      expect(readFileSync(join(folder, 'bake-complete.json'), 'utf8')).toContain('no fault was found');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
