import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { KubernetesApi } from '../../clients/kubernetes/api';
import { PrometheusApi } from '../../clients/prometheus';
import { judgeEvidence } from '../../credentials/preflight/evidence';
import { withCutOver } from '../../estate/derived/cutover-order';
import { imageAt } from '../../estate/derived/references';
import type { Estate } from '../../estate/estate';
import { readEvidence, writeEvidence } from '../../estate/evidence';
import { readOverrides } from '../../estate/overrides';
import { validateEstate } from '../../estate/validate';
import { measureBake } from '../../evidence/bake';
import { claimStates } from '../../estate/derived/claim-states';
import { runDecommission } from '../../migration/decommission/run-decommission';
import { RegistryClient } from '../../clients/oci/client';
import { pushImage } from '../../clients/oci/push-image';
import { evidence as evidenceVerb } from '../../commands/evidence';
import { call } from '../support/call';
import { FakeCluster } from '../support/fake-cluster';
import { estateAt, withTestEvidence } from '../support/estates';
import { before, nowMs, objectsOf, startScene, workload, type Scene } from './scene';

const first = 'payslip-ingest';
const day = 86_400;

/** `<where>: <what is wrong>, got <value>; <what to do>` */
const form = /^[a-z][^\n]*: [^\n]+, got [^\n]+; [^\n]+$/iu;
const refusal = async (work: () => unknown): Promise<string[]> => {
  try {
    await work();
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  return [];
};
const without = (estate: Estate, claim: string): Estate => ({
  ...estate,
  evidence: estate.evidence.filter((each) => each.claim !== claim),
});

// A loaded machine is slow, not wrong.
jest.setTimeout(60_000);

describe('a deliberate mistake is refused', () => {
  let scene: Scene;
  const folder = mkdtempSync(join(tmpdir(), 'mistakes-'));
  beforeAll(async () => {
    scene = await startScene();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await scene.stop();
  });

  test('and none is where there is none', async () => {
    expect((await scene.plan(first)).moves.map(({ before: from, after }) => `${from} -> ${after}`)).toEqual(
      Array(2).fill(
        'registry.viktorbarzin.me/payslip-ingest:4f70681d -> forgejo.viktorbarzin.me/viktor/payslip-ingest:4f70681d',
      ),
    );
  });

  const estateMistakes: readonly (readonly [string, string, (estate: Estate) => Estate, string])[] = [
    [
      'a flip before its copy was measured',
      first,
      (estate) => without(estate, `image-present/${first}`),
      `estate.evidence: app "${first}" pulls from Forgejo without its evidence, got no claim "image-present/${first}"; ./registry evidence collect image-present/${first}, or step back`,
    ],
    [
      'the wrong order',
      'claude-agent-service',
      (estate) => withCutOver(estate, 'job-hunter', false),
      'cutover: "claude-agent-service" comes after others that have not moved, got "job-hunter"; cut over "job-hunter" first',
    ],
    [
      'pipelines before the eighth app',
      'infra-ci',
      (estate) => withCutOver(estate, 'beads-server', false),
      'cutover: "infra-ci" comes after others that have not moved, got "beads-server"; cut over "beads-server" first',
    ],
    [
      'evidence of other facts',
      first,
      (estate) => ({
        ...estate,
        images: estate.images.map((image) => (image.name === first ? { ...image, tag: 'deadbeef' } : image)),
      }),
      `estate.evidence["image-present/${first}"]: was measured about other facts, got "sha256:`,
    ],
    [
      'stale evidence',
      first,
      (estate) => ({
        ...estate,
        evidence: estate.evidence.map((each) =>
          each.claim === 'bake-complete' ? { ...each, measuredAt: '2025-11-01T00:00:00Z' } : each,
        ),
      }),
      'estate.evidence["bake-complete"]: too old, got 70 d of at most 30; ./registry evidence collect bake-complete',
    ],
    [
      'an expired override',
      first,
      (estate) => ({
        ...without(estate, 'bake-complete'),
        overrides: [
          { claim: 'bake-complete', reason: 'the probe was away', person: 'viktor', until: '2026-01-09' },
        ],
      }),
      'estate.evidence["bake-complete"]: estate.overrides["bake-complete"]: is over, got until "2026-01-09"; measure the claim, or step back',
    ],
    [
      'an override without an end in sight',
      first,
      (estate) => ({
        ...without(estate, 'bake-complete'),
        overrides: [
          { claim: 'bake-complete', reason: 'the probe was away', person: 'viktor', until: '2026-12-31' },
        ],
      }),
      'estate.overrides["bake-complete"]: reaches further than 31 days, got until "2026-12-31"; name a nearer day',
    ],
    [
      'an override of nothing',
      first,
      (estate) => ({
        ...estate,
        overrides: [{ claim: 'bake-compelte', reason: 'a slip', person: 'viktor', until: '2026-01-11' }],
      }),
      'estate.overrides["bake-compelte"]: stands in for nothing, got no such claim; name one of ./registry evidence list, or remove it',
    ],
    [
      'the phase before the cutover',
      first,
      (estate) => ({ ...estate, phase: 'bake' }),
      `estate.apps["${first}"]: is cut over in phase "bake", got cutOver "true"; set it back, or enter phase "cutover" with its evidence`,
    ],
  ];
  test.each(estateMistakes)('%s', async (_, name, mistake, says) => {
    const estate = mistake(before(name));

    const faults = await refusal(() => scene.plan(name, { estate }));

    expect(faults).toEqual([expect.stringContaining(says)]);
    expect(faults[0]).toMatch(form);
  });

  test('an override that counts opens its gate, and is told wherever claims are', async () => {
    const overrides = [
      { claim: 'bake-complete', reason: 'the probe was away', person: 'viktor', until: '2026-01-11' },
    ];
    const estate = { ...without(before(first), 'bake-complete'), overrides };
    const words = 'overridden by viktor until 2026-01-11: the probe was away';

    expect((await scene.plan(first, { estate })).notes).toContain(`bake-complete: ${words}`);
    expect(claimStates(estate, nowMs).find(({ name }) => name === 'bake-complete')).toMatchObject({
      ...{ state: words, standing: 'overridden' },
    });
    expect(judgeEvidence(estate, nowMs)).toContainEqual({
      ...{ check: 'evidence', subject: 'bake-complete', state: 'overridden', says: words },
    });
    const later = claimStates(estate, nowMs + 2 * day * 1000);
    expect(later.find(({ name }) => name === 'bake-complete')).toMatchObject({ standing: 'open' });
  });

  test('an app that went back is waited for by those after it, but for an override', async () => {
    const estate = withCutOver(before('fire-planner'), 'job-hunter', false);
    const override = {
      claim: 'cutover-order/job-hunter',
      reason: 'its upstream is broken',
      person: 'viktor',
    };
    const objects = objectsOf(estate);
    const plan = (until: string): Promise<string[]> =>
      refusal(() =>
        scene.plan('fire-planner', { estate: { ...estate, overrides: [{ ...override, until }] }, objects }),
      );

    expect(await plan('2026-01-09')).toEqual([
      expect.stringContaining('got "job-hunter"; cut over "job-hunter" first'),
    ]);
    expect(await plan('2026-01-10')).toEqual([]);
  });

  test('pods and Jobs that have ended are no consumers', async () => {
    const ended = {
      Pod: { phase: 'Succeeded' },
      Job: { conditions: [{ type: 'Complete', status: 'True' }] },
    };
    const image = `registry.viktorbarzin.me/${first}:4f70681d`;
    const of = (status: boolean): ReturnType<typeof objectsOf> =>
      (['Pod', 'Job'] as const).map((kind) => {
        const { spec, ...rest } = workload(kind, 'once', 'elsewhere', { image });
        const { template } = spec as { template: { spec: object } };
        return {
          ...rest,
          spec: kind === 'Pod' ? template.spec : spec,
          ...(status ? { status: ended[kind] } : {}),
        };
      });
    const plan = (status: boolean): Promise<string[]> =>
      refusal(() => scene.plan(first, { objects: [...objectsOf(before(first)), ...of(status)] }));

    expect(await plan(true)).toEqual([]);
    expect((await plan(false)).map((fault) => fault.split(' runs ')[0])).toEqual([
      'cutover: Pod elsewhere/once',
      'cutover: Job elsewhere/once',
    ]);
  });

  test('a file that is no override', () => {
    const path = mkdtempSync(join(tmpdir(), 'overrides-'));
    const good = { claim: 'smoke', reason: 'r', person: 'p', until: '2026-01-11' };
    const files = {
      'a.json': good,
      'b.json': { ...good, reason: ' ' },
      'c.json': { ...good, until: '2026-02-30' },
      'd.json': [],
      'e.json': null,
    };
    try {
      for (const [name, value] of Object.entries(files))
        writeFileSync(join(path, name), JSON.stringify(value));
      writeFileSync(join(path, 'f.json'), '{');
      mkdirSync(join(path, 'g.json'));
      const { overrides, faults } = readOverrides(path);

      expect(overrides).toEqual([good]);
      expect(faults.map((fault) => fault.split(':')[0])).toEqual(
        ['b', 'c', 'd', 'e', 'f', 'g'].map((name) => `estate/overrides/${name}.json`),
      );
      for (const fault of faults) expect(fault).toMatch(form);
    } finally {
      rmSync(path, { recursive: true });
    }
  });

  test('what the next step rests on can be collected before it', async () => {
    const verb = evidenceVerb(() => before(first), { folder, now: () => nowMs });
    const args = ['--forgejo', scene.target.url, '--legacy', scene.source.url];
    const collected = await call(['evidence', 'collect', 'image-present/payslip-ingest', ...args], {
      verbs: [verb],
    });

    expect([collected.code, collected.out]).toEqual([
      0,
      expect.stringContaining('written: estate/evidence/image-present.payslip-ingest.json'),
    ]);
  });

  test('evidence that was changed by hand', () => {
    const file = writeEvidence(folder, { name: 'bake-complete', facts: 1 }, new Date(nowMs));
    const path = join(folder, file);
    writeFileSync(path, readFileSync(path, 'utf8').replace('2026-01-10', '2026-02-10'));
    const estate = { ...before(first), ...readEvidence(folder) };

    expect(() => validateEstate(estate)).toThrow(
      /estate\/evidence\/bake-complete\.json: was changed since it was measured, got seal ".*" of other text; measure the claim again/u,
    );
  });

  test("a tag that a node's cache alone has", async () => {
    const estate = before(first);
    const objects = objectsOf(estate).map((object) =>
      object.metadata.name === first && object.kind === 'Deployment'
        ? workload('Deployment', first, first, {
            ...{
              image: `${estate.legacyRegistry.host}/${first}:gone`,
              containers: [first],
              initContainers: ['alembic-migrate'],
            },
          })
        : object,
    );

    const faults = await refusal(() => scene.plan(first, { estate, objects }));

    expect(faults).toEqual([
      `Deployment ${first}/${first}: ${estate.forgejo.host}/viktor/${first}:gone is in neither registry, so that it runs from a node's cache alone, got no such tag or digest at "${estate.legacyRegistry.host}" or "${estate.forgejo.host}"; push it again, or deploy a build that is there`,
    ]);
  });

  test('a literal tag that was not applied yet: what runs could not come back', async () => {
    const name = 'claude-memory';
    const estate = before(name);
    const { host, repository } = imageAt(estate, imageRow('claude-memory-mcp'), 'source');
    const objects = objectsOf(estate).map((object) =>
      object.metadata.name === name && object.kind === 'Deployment'
        ? workload('Deployment', name, name, { image: `${host}/${repository}:0`, containers: [name] })
        : object,
    );

    expect(await refusal(() => scene.plan(name, { estate, objects }))).toEqual([
      'Deployment claude-memory/claude-memory: would get another tag with the move, got "docker.io/viktorbarzin/claude-memory-mcp:0" where the estate says ":17"; apply stack "claude-memory" first, so that it can go back to what it ran',
    ]);
  });

  test('a literal that Terraform does not set is no reason to go back to an older build', async () => {
    const name = 'claude-memory';
    const byPipeline: Estate = {
      ...before(name),
      images: before(name).images.map((image) =>
        image.name === 'claude-memory-mcp' ? { ...image, tagOwner: 'ci' } : image,
      ),
      apps: before(name).apps.map((app) =>
        app.stack === name
          ? {
              ...app,
              pulls: app.pulls.map((pull) => ({
                ...pull,
                workloads: pull.workloads.map((row) => ({ ...row, imageSetBy: 'ci' as const })),
              })),
            }
          : app,
      ),
    };
    const row = imageRow('claude-memory-mcp');
    const [from, to] = [imageAt(byPipeline, row, 'source'), imageAt(byPipeline, row, 'forgejo')];
    const source = new RegistryClient({ url: scene.source.url, retries: 0 });
    await pushImage(source, from.repository, 'newer', '0badc0de');
    await pushImage(scene.forge, to.repository, 'newer', '0badc0de');
    const objects = objectsOf(byPipeline).map((object) =>
      object.metadata.name === name && object.kind === 'Deployment'
        ? workload('Deployment', name, name, {
            ...{ image: `${from.host}/${from.repository}:0badc0de`, containers: [name] },
          })
        : object,
    );

    const { moves } = await scene.plan(name, { estate: byPipeline, objects });

    expect(moves.map(({ after }) => after)).toEqual([`${to.host}/${to.repository}:0badc0de`]);
  });

  test('an image that was not copied, or whose layer is gone there, or is another there', async () => {
    const { repository } = imageAt(before(first), imageRow(first), 'forgejo');
    const held = scene.target.repositories.get(repository);
    if (held === undefined) throw new Error('the scene has it');
    const [tags, blobs] = [new Map(held.tags), new Map(held.blobs)];
    const says = (): Promise<string[]> => refusal(() => scene.plan(first));

    held.tags.clear();
    expect((await says())[0]).toContain(`/viktor/${first}:4f70681d was not copied, got no such tag`);
    for (const [tag, digest] of tags) held.tags.set(tag, digest);
    held.blobs.clear();
    expect((await says())[0]).toMatch(/is not whole, got no sha256:\S+ at "forgejo\S+"; copy it again/u);
    for (const [digest, blob] of blobs) held.blobs.set(digest, blob);
    await pushImage(scene.forge, repository, 'another build', '4f70681d');
    expect((await says())[0]).toMatch(/is another image there, got "sha256:\w+" where ".*" has "sha256:/u);
    await pushImage(scene.forge, repository, first, '4f70681d');
    expect(await says()).toEqual([]);
  });

  test.each([
    'registry.viktorbarzin.me',
    'registry.viktorbarzin.me:5050',
    '10.0.20.10:5050',
    'Registry.Viktorbarzin.me',
  ])('a consumer that the estate does not know, by %s', async (host) => {
    const stranger = workload('CronJob', 'monthly', 'elsewhere', { image: `${host}/${first}:4f70681d` });

    expect(
      await refusal(() => scene.plan(first, { objects: [...objectsOf(before(first)), stranger] })),
    ).toEqual([
      `cutover: CronJob elsewhere/monthly runs ${first}, which the estate does not know, got "${host}/${first}:4f70681d"; add it to the pulls of estate/apps.ts, or remove it from the cluster`,
    ]);
  });

  test('a workload of the estate that is not in the cluster', async () => {
    const objects = objectsOf(before(first)).filter(({ kind }) => kind !== 'CronJob');

    expect(await refusal(() => scene.plan(first, { objects }))).toEqual([
      `cutover: CronJob "actualbudget-payroll-sync" of the estate should run ${first} once in the cluster, got 0 such; correct its row in estate/apps.ts, or deploy it first`,
    ]);
  });

  test.each([
    [{ paused: true }, 'spec.paused: true'],
    [{ updateStrategy: { type: 'OnDelete' } }, 'spec.updateStrategy.type: OnDelete'],
    [
      { updateStrategy: { rollingUpdate: { partition: 1 } } },
      'spec.updateStrategy.rollingUpdate.partition: 1',
    ],
  ])('a workload that a change does not roll out: %j', async (held, field) => {
    const objects = objectsOf(before(first)).map((each) =>
      each.kind === 'Deployment' && each.metadata.name === first
        ? { ...each, spec: { ...(each['spec'] as object), ...held } }
        : each,
    );

    expect(await refusal(() => scene.plan(first, { objects }))).toEqual([
      `cutover: Deployment "${first}" begins no rollout when it changes, got "${field}"; take that away first, it would be waited for in vain`,
    ]);
  });

  test('a pod without a login', async () => {
    const objects = objectsOf(before(first)).filter(({ kind }) => kind !== 'Secret');

    expect((await refusal(() => scene.plan(first, { objects })))[0]).toContain(
      `Deployment ${first}/${first}: its pull Secret has no login for "forgejo.viktorbarzin.me", got "registry-credentials", not in the namespace`,
    );
  });

  test('a decommission with a live CronJob on the old host', async () => {
    const estate = { ...withTestEvidence(estateAt('decommission')), phase: 'cutover' } as const;
    const cluster = await new FakeCluster().start();
    try {
      const image = 'registry.viktorbarzin.me/wealthfolio-sync:latest';
      cluster.objects.set('/apis/batch/v1/cronjobs', [
        workload('CronJob', 'wealthfolio-sync', 'wealthfolio', { image }),
        workload('CronJob', 'moved', 'wealthfolio', { image: 'forgejo.viktorbarzin.me/viktor/a:1' }),
      ]);
      const kubernetes = new KubernetesApi({ url: cluster.url, retries: 0 });
      const sources = { prometheus: undefined, kubernetes, tree: folder, target: scene.forge, nowMs };

      expect(await refusal(() => runDecommission({ estate, sources }, () => undefined))).toEqual([
        `decommission: no workload refers to it does not hold, got CronJob wealthfolio/wealthfolio-sync: ${image}; cut it over, or remove it`,
      ]);
    } finally {
      await cluster.stop();
    }
  });

  test('a decommission with an app that has not moved, or without its evidence', async () => {
    const sources = {
      prometheus: undefined,
      kubernetes: undefined,
      tree: undefined,
      target: scene.forge,
      nowMs,
    };
    const refused = await refusal(() =>
      runDecommission({ estate: before('claude-memory'), sources }, () => undefined),
    );

    expect(refused).toEqual([
      'estate.apps["claude-memory"]: still pulls from the legacy registry in phase "decommission", got cutOver "false"; cut it over, or step the phase back to "cutover"',
      expect.stringContaining('got no claim "legacy-unused"'),
    ]);
  });

  test('Prometheus without data for two of the fourteen days', async () => {
    const begin = Math.floor(nowMs / 1000) - 15 * day;
    const at = `${new Date(begin * 1000).toISOString().slice(0, 19)}Z`;
    const estate = before(first);
    const since = { ...estate, evidence: estate.evidence.map((each) => ({ ...each, measuredAt: at })) };
    const prometheus = Object.assign(
      Object.create(new PrometheusApi({ url: 'http://127.0.0.1:1' })) as PrometheusApi,
      {
        alertNames: () =>
          Promise.resolve(
            new Set([
              ...['RegistryManifestIntegrityFailure', 'RegistryIntegrityUnknown'],
              ...['ForgejoNearMemoryLimit', 'ImagePushIncomplete'],
            ]),
          ),
        range: ({ query, from, to }: { query: string; from: number; to: number }) =>
          Promise.resolve(
            new Map(
              Array.from({ length: (to - from) / day + 1 }, (_, index) => from + index * day)
                .filter((end) => end - from !== 3 * day && end - from !== 4 * day)
                .map((end) => [
                  end,
                  query.includes('gc_last') || query.includes('[1d:1h]')
                    ? 24
                    : query.includes('available') ||
                        query.includes('canary') ||
                        query.includes('enforcing') ||
                        query.includes('image_push') ||
                        query.includes('max(changes')
                      ? 1
                      : 0,
                ]),
            ),
          ),
      },
    );

    const { looks } = await measureBake({ estate: since, prometheus, nowMs });

    const failing = looks.filter(({ holds }) => !holds);
    expect(failing.length).toBeGreaterThan(4);
    for (const { saw } of failing) expect(saw).toMatch(/^no data for the day from \S+T\S+, \S+T\S+: /u);
  });
});

function imageRow(name: string): Estate['images'][number] {
  const image = before(first).images.find((each) => each.name === name);
  if (image === undefined) throw new Error(`the estate has ${name}`);
  return image;
}
