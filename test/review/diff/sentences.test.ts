import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../delivery/deliverable';
import type { PlanJson } from '../../../delivery/planned-changes';
import { estate } from '../../../estate';
import type { App, Pull } from '../../../estate/apps';
import type { Estate } from '../../../estate/estate';
import type { Image } from '../../../estate/images';
import { reviewText } from '../../../review/diff/text';
import { secondEstate } from '../../second-estate';
import { estateAt } from '../../support/estates';
import { reviewed } from '../../support/told';

const base: Estate = estate;
const cutover: Estate = estateAt('cutover');
const withPull = (change: (pull: Pull) => Pull, of = base): Estate => ({
  ...of,
  apps: of.apps.map((app: App) =>
    app.stack === 'job-hunter' ? { ...app, pulls: app.pulls.map(change) } : app,
  ),
});
const withImage = (name: string, change: Partial<Image>, of = base): Estate => ({
  ...of,
  images: of.images.map((image: Image) => (image.name === name ? { ...image, ...change } : image)),
});
const renamed = (pull: Pull): Pull => ({
  ...pull,
  workloads: pull.workloads.map((one) => ({ ...one, name: 'hunter' })),
});
const measured = (claim: string, measuredAt: string): Estate['evidence'][number] => ({
  ...{ claim, measuredAt, facts: `sha256:${'0'.repeat(64)}`, issuer: 'measurement', seal: '' },
});
const hunter = 'registry.viktorbarzin.me/job-hunter:92afc38d';

const rows: readonly (readonly [string, Estate, Estate, readonly string[], readonly string[]])[] = [
  [
    'a Forgejo that is called otherwise, once apps pull from it',
    { ...cutover, forgejo: { ...cutover.forgejo, host: 'git.example' } },
    cutover,
    [
      'instead of forgejo.viktorbarzin.me/viktor/job-hunter:92afc38d; same digest: not known, nobody has measured it',
    ],
    ['same digest: yes'],
  ],
  [
    'packages of another owner, once apps pull from it',
    {
      ...cutover,
      forgejo: { ...cutover.forgejo, packages: { owner: 'acme', ownerIs: 'organization', writers: [] } },
    },
    cutover,
    ['forgejo.viktorbarzin.me/acme/job-hunter:92afc38d instead of'],
    ['same digest: yes'],
  ],
  [
    'the way back to another source than the one that was compared',
    withImage(
      'job-hunter',
      { source: { registry: 'legacy', repository: 'jobs/hunter' } },
      { ...cutover, apps: base.apps },
    ),
    cutover,
    [
      'registry.viktorbarzin.me/jobs/hunter:92afc38d instead of forgejo.viktorbarzin.me/viktor/job-hunter:92afc38d; same digest: not known',
      'registry.viktorbarzin.me/freedify:latest instead of forgejo.viktorbarzin.me/viktor/freedify:latest; same digest: yes',
    ],
    [],
  ],
  [
    'a folder of the tree that is called otherwise',
    withPull((pull) => ({ ...pull, folder: 'stacks/jobs' })),
    base,
    ['job-hunter: job-hunter.folder: "stacks/job-hunter" becomes "stacks/jobs"'],
    ['newly pulls', 'no more'],
  ],
  [
    'an image that is called otherwise at Forgejo alone',
    withImage(
      'job-hunter',
      { name: 'hunter' },
      withPull((pull) => ({ ...pull, image: 'hunter' })),
    ),
    base,
    ['job-hunter: hunter.image: "job-hunter" becomes "hunter"', 'images.hunter: new'],
    ['newly pulls', `${hunter} no more`],
  ],
  [
    'a tag and a consumer at once',
    withImage('job-hunter', { tag: 'aaaaaaa1' }, withPull(renamed)),
    base,
    [
      'job-hunter (Deployment hunter) newly pulls registry.viktorbarzin.me/job-hunter:aaaaaaa1',
      `job-hunter (Deployment job-hunter) pulls ${hunter} no more`,
    ],
    ['instead of'],
  ],
  [
    'a second workload of the same name and another kind',
    withPull((pull) => ({
      ...pull,
      workloads: pull.workloads.flatMap((one) => [one, { ...one, kind: 'CronJob', hasPullSecret: false }]),
    })),
    base,
    [
      `job-hunter (CronJob job-hunter) newly pulls ${hunter}`,
      'CronJob job-hunter of job-hunter names no pull',
    ],
    ['workloads:', 'Deployment job-hunter'],
  ],
  [
    'a workload more in two apps',
    {
      ...base,
      apps: base.apps.map((app: App, at) => ({
        ...app,
        pulls: app.pulls.map((pull) => ({
          ...pull,
          workloads: [
            ...pull.workloads,
            ...(at < 2 ? [{ ...pull.workloads[0], kind: 'CronJob', name: 'nightly' } as const] : []),
          ] as Pull['workloads'],
        })),
      })),
    },
    base,
    ['payslip-ingest (CronJob nightly) newly pulls', 'job-hunter (CronJob nightly) newly pulls'],
    ['fire-planner', 'unpullable'],
  ],
  [
    'one of many rows without a name',
    {
      ...base,
      pullPaths: base.pullPaths.map((path, at) =>
        at === base.pullPaths.length - 1 ? { ...path, by: 'dns', frontDoor: 'traefik-service' } : path,
      ),
    },
    base,
    ['becomes "traefik-service"'],
    ['…', 'in order'],
  ],
  [
    'a project at GitHub, in the second estate',
    {
      ...secondEstate,
      githubProjects: secondEstate.githubProjects.map((project) =>
        project.repository === 'storefront' ? { ...project, image: 'acme/pane' } : project,
      ),
    },
    secondEstate,
    ['githubProjects.storefront.image: "acme/window" becomes "acme/pane"'],
    ['weblog'],
  ],
  [
    'the end of a long text',
    withImage('infra-ci', { floating: { until: '2026-12-31', why: `${'because '.repeat(40)}of rain` } }),
    withImage('infra-ci', { floating: { until: '2026-12-31', why: `${'because '.repeat(40)}of snow` } }),
    ['of snow" becomes', 'of rain"'],
    [],
  ],
  [
    'evidence of what nothing rests on yet',
    { ...base, evidence: [measured('image-present/job-hunter', '2026-01-01T00:00:00Z')] },
    base,
    ['evidence.image-present/job-hunter: new, "2026-01-01T00:00:00Z"'],
    ['nothing changes'],
  ],
  [
    'evidence measured again',
    { ...cutover, evidence: cutover.evidence.map((one) => ({ ...one, measuredAt: '2026-02-02T00:00:00Z' })) },
    cutover,
    ['evidence.smoke: "2026-01-01T00:00:00Z" becomes "2026-02-02T00:00:00Z"'],
    ['rests on'],
  ],
  [
    "a phase that rests on a person's word",
    {
      ...cutover,
      evidence: cutover.evidence.filter(({ claim }) => claim !== 'bake-complete'),
      overrides: [{ claim: 'bake-complete', reason: 'holidays', person: 'viktor', until: '2026-02-02' }],
    },
    estateAt('bake'),
    [
      'rests on evidence "bake-complete", because phase is "cutover": overridden by viktor until 2026-02-02: holidays',
    ],
    ['nobody has measured it'],
  ],
  [
    'pipelines that move',
    cutover,
    { ...cutover, pipelineImages: base.pipelineImages },
    [
      'pipelines pulls forgejo.viktorbarzin.me/viktor/infra-ci:latest instead of registry.viktorbarzin.me/infra-ci:latest; same digest: yes, measured',
      'pipelineImages.infra-ci.cutOver: false becomes true',
    ],
    [],
  ],
  [
    'another tag of what pipelines run in',
    withImage('infra-ci', { tag: 'abcdef12' }, cutover),
    cutover,
    [
      'infra-ci:latest: the estate names it no more; retention may free it once no other rule keeps it, and does not see the pipelines, which name it until the tree is delivered',
    ],
    ['in use until'],
  ],
  [
    'a legacy registry that is called otherwise',
    { ...base, legacyRegistry: { ...base.legacyRegistry, host: 'images.example' } },
    base,
    ['images.example/job-hunter:92afc38d instead of', 'same digest: not known, nobody has measured it'],
    ['docker.io', 'unpullable'],
  ],
  [
    "the legacy registry's port",
    {
      ...base,
      legacyRegistry: { ...base.legacyRegistry, runsOn: { ...estate.legacyRegistry.runsOn, port: 5051 } },
    },
    base,
    [
      'beads-server (Deployment beadboard) pulls registry.viktorbarzin.me:5051/beadboard:17a38e43 instead of registry.viktorbarzin.me:5050/',
      'legacyRegistry.runsOn.port: 5050 becomes 5051',
    ],
    ['job-hunter'],
  ],
  [
    'two duties that change places',
    { ...base, tokens: { ...base.tokens, push: base.tokens.delete, delete: base.tokens.push } },
    base,
    [
      'token to push.vault.path: "ci/global" becomes "viktor"',
      'token to delete.vault.key: "forgejo_cleanup_token" becomes "forgejo_push_token"',
    ],
    ['token to pull', 'may newly do'],
  ],
  [
    'a phase back, and an app with it',
    { ...cutover, phase: 'bake', apps: base.apps },
    cutover,
    ['phase goes back from "cutover" to "bake"', 'evidence "bake-complete" is not asked for any more'],
    ['rests on'],
  ],
  [
    'a namespace fewer with a pull Secret, in the second estate',
    { ...secondEstate, pullSecret: { ...secondEstate.pullSecret, namespaces: ['retail'] } as never },
    secondEstate,
    ['pullSecret.namespaces: ["retail","newsroom"] becomes ["retail"]'],
    [],
  ],
];

const alert = (expr: string, wait: string): JsonObject => ({
  resource: {
    kubernetes_config_map: {
      rules: { data: { a: `groups:\n- rules:\n  - alert: Odd\n    expr: ${expr}\n    for: ${wait}\n` } },
    },
  },
});
const volume = 'kubernetes_persistent_volume_claim.data';
const claim = (storageClass: string, beside: JsonObject = {}): JsonObject => ({
  resource: {
    kubernetes_persistent_volume_claim: { data: { spec: { storage_class_name: storageClass } } },
    ...beside,
  },
});
const planOf = (...addresses: readonly string[]): PlanJson => ({
  resource_changes: addresses.map((address) => ({
    address,
    change: { actions: ['no-op'], before: {}, after: {} },
  })),
});
const objects = (before: JsonObject, after: JsonObject, plan?: PlanJson): string =>
  reviewText(reviewed(base, base, [{ forgejo: before }, { forgejo: after }], plan));

describe('a reviewer is told the truth of', () => {
  test.each(rows)('%s', (_, after, before, present, absent) => {
    const text = reviewText(reviewed(after, before));
    for (const sentence of present) expect(text).toContain(sentence);
    for (const sentence of absent) expect(text).not.toContain(sentence);
    expect(text).not.toContain('not compared');
  });

  test('a threshold, however far behind in its expression', () => {
    const text = objects(alert(`${'x'.repeat(200)} > 1`, '5m'), alert(`${'x'.repeat(200)} > 2`, '10m'));
    expect(text).toMatch(/Odd changes: expr: …x+ > 1" becomes …x+ > 2"/u);
    expect(text).toContain('Odd changes: for: "5m" becomes "10m"');
  });

  test('what a stack holds beside its objects', () => {
    const text = objects(
      { locals: { image: 'a:1' }, provider: { vault: [{ address: 'https://a' }] } },
      { locals: { image: 'a:2' }, provider: { vault: [{ address: 'https://b' }] } },
    );
    expect(text).toContain('changed          forgejo: locals (image)');
    expect(text).toContain('changed          forgejo: provider (vault)');
  });

  test('what is removed, and what Terraform only forgets', () => {
    const namespace = { resource: { kubernetes_namespace: { x: {} } } };
    const removed = (destroy: boolean): JsonObject => ({
      removed: [{ from: 'kubernetes_namespace.x', lifecycle: { destroy } }],
    });
    expect(objects(namespace, removed(true))).toContain('kubernetes_namespace.x would be destroyed');
    const forgotten = objects(namespace, removed(false));
    expect(forgotten).toContain('forgotten        forgejo: kubernetes_namespace.x');
    expect(forgotten).not.toContain('PROTECTED');
  });

  test('a plan of another stack, which says nothing of an object of the same name', () => {
    const beside = { kubernetes_service: { forgejo: {} } };
    const [before, after] = [claim('a', beside), claim('${var.class}', beside)];
    expect(objects(before, after, planOf(volume, 'kubernetes_service.immich'))).toContain('PROTECTED');
    expect(objects(before, after, planOf(volume, 'kubernetes_service.forgejo'))).not.toContain('PROTECTED');
    const larger = claim('a', beside);
    const two = [
      { small: claim('a'), larger },
      { small: claim('${var.class}'), larger },
    ] as const;
    const seen = planOf(volume, 'kubernetes_service.forgejo');
    expect(reviewed(estate, estate, two, seen).protectedEnds).toHaveLength(1);
  });

  test('a stack that comes, by its objects alone', () => {
    const come = reviewed(estate, estate, [{}, { new: { locals: { a: 1 }, ...claim('a') } }]);
    expect(come.resources.map(({ fate, address }) => [fate, address])).toEqual([['created', volume]]);
  });
});
