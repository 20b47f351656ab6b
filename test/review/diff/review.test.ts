import { describe, expect, test } from '@jest/globals';
import type { PlanJson } from '../../../delivery/planned-changes';
import type { JsonObject } from '../../../delivery/deliverable';
import { estate } from '../../../estate';
import type { Estate } from '../../../estate/estate';
import { reviewMarkdown } from '../../../review/diff/markdown';
import { reviewOf } from '../../../review/diff/review';
import { reviewText } from '../../../review/diff/text';
import { estateAt } from '../../support/estates';
import { reviewed } from '../../support/told';

const base: Estate = estate;
const says = (
  after: Estate,
  before: Estate = base,
  stacks: readonly [JsonObject, JsonObject] = [{}, {}],
  plan?: PlanJson,
): string => reviewText(reviewed(after, before, [{ forgejo: stacks[0] }, { forgejo: stacks[1] }], plan));
const withImage = (name: string, change: object): Estate => ({
  ...base,
  images: base.images.map((image) => (image.name === name ? { ...image, ...change } : image)),
});
const withRetention = (change: Partial<Estate['retention']>): Estate => ({
  ...base,
  retention: { ...base.retention, ...change },
});
const withPull = (change: Partial<Estate['tokens']['pull']>): Estate => ({
  ...base,
  tokens: { ...base.tokens, pull: { ...base.tokens.pull, ...change } },
});
const rule = (name: string, expr: string): JsonObject => ({
  resource: {
    kubernetes_config_map: {
      rules: { data: { a: `groups:\n- rules:\n  - alert: ${name}\n    expr: ${expr}\n` } },
    },
  },
});
const claim = (size: string, storageClass: string): JsonObject => ({
  resource: {
    kubernetes_persistent_volume_claim: { data: { size, spec: { storage_class_name: storageClass } } },
  },
});
const planOf = (address: string, ...actions: readonly string[]): PlanJson => ({
  resource_changes: [
    { address, change: { actions, before: {}, after: { spec: [{ storage_class_name: 'a' }] } } },
  ],
});
const withApp = (stack: string, change: (app: Estate['apps'][number]) => Estate['apps'][number]): Estate => ({
  ...base,
  apps: base.apps.map((app) => (app.stack === stack ? change(app) : app)),
});
const withForgejo = (change: object): Estate => ({
  ...base,
  forgejo: { ...base.forgejo, ...change },
});
const withWorkload = (change: object): Estate =>
  withApp('job-hunter', (app) => ({
    ...app,
    pulls: app.pulls.map((pull) => ({
      ...pull,
      workloads: pull.workloads.map((one) => ({ ...one, ...change })),
    })),
  }));
const volume = 'kubernetes_persistent_volume_claim.data';
const byVariable: readonly [JsonObject, JsonObject] = [claim('1', 'a'), claim('1', '${var.class}')];
const cutover = estateAt('cutover');

const rows: readonly (readonly [string, () => string, readonly string[], readonly string[]])[] = [
  ['nothing', () => says(base), ['nothing changes between base and working tree'], ['becomes']],
  [
    'a tag',
    () => says(withImage('job-hunter', { tag: 'aaaaaaaa' })),
    [
      'job-hunter (Deployment job-hunter) pulls',
      'same digest: not known, it is another tag',
      'retention may free it once no other rule keeps it',
    ],
    ['unpullable', 'in use until'],
  ],
  [
    'an image more',
    () =>
      says({
        ...base,
        images: [...base.images, { ...base.images[0], name: 'newcomer' } as Estate['images'][number]],
      }),
    ['images.newcomer: new'],
    ['unpullable'],
  ],
  [
    'a consumer by another name',
    () =>
      says(
        withApp('job-hunter', (app) => ({
          ...app,
          pulls: app.pulls.map((pull) => ({
            ...pull,
            workloads: pull.workloads.map((workload) => ({ ...workload, name: 'hunter' })),
          })),
        })),
      ),
    [
      'job-hunter (Deployment job-hunter) pulls registry.viktorbarzin.me/job-hunter:92afc38d no more',
      'job-hunter (Deployment hunter) newly pulls registry.viktorbarzin.me/job-hunter:92afc38d',
    ],
    ['{"kind"', 'unpullable'],
  ],
  [
    'another host of the same Forgejo',
    () => says(withForgejo({ host: 'git.example.org' })),
    ['forgejo.viktorbarzin.me is called git.example.org: where that is another server'],
    ['names it no more'],
  ],
  [
    'another tag to hold',
    () => says(withImage('job-hunter', { otherTags: ['stable'] })),
    ['images.job-hunter.otherTags: new, ["stable"]'],
    ['instead of', 'may free'],
  ],
  [
    'a tag held no more',
    () => says(withImage('chrome-service-novnc', { otherTags: [] })),
    ['chrome-service-novnc:latest: the estate names it no more; retention may free it'],
    ['v4: the estate names it no more', 'in use until'],
  ],
  [
    'the cutover of all',
    () => says(cutover),
    [
      'phase goes from "prepare" to "cutover"',
      'same digest: yes, measured 2026-01-01T00:00:00Z',
      'rests on evidence "bake-complete"',
    ],
    ['unpullable', 'goes back'],
  ],
  [
    'a cutover nobody measured',
    () => says({ ...cutover, evidence: [] }),
    ['same digest: not known, nobody has measured it', 'nobody has measured it'],
    ['yes, measured'],
  ],
  [
    'the way back',
    () => says(base, cutover),
    ['phase goes back from "cutover" to "prepare"', 'evidence "bake-complete" is not asked for any more'],
    ['rests on evidence'],
  ],
  [
    'the decommission',
    () => says(estateAt('decommission'), cutover),
    ['becomes unpullable', 'the legacy registry is removed'],
    ['still pulls it from there'],
  ],
  [
    'a decommission too early',
    () => says({ ...base, phase: 'decommission' }),
    ['still pulls it from there', 'payslip-ingest'],
    ['goes back'],
  ],
  [
    'a tag in use',
    () =>
      says(
        {
          ...cutover,
          images: cutover.images.map((one) =>
            one.name === 'job-hunter' ? { ...one, tag: 'bbbbbbbb' } : one,
          ),
        },
        cutover,
      ),
    ['it is in use until the new one runs'],
    ['legacy registry is removed'],
  ],
  [
    'no pull Secret',
    () =>
      says({
        ...base,
        apps: base.apps.map((app) => ({
          ...app,
          pulls: app.pulls.map((pull) => ({
            ...pull,
            workloads: pull.workloads.map((one) => ({ ...one, hasPullSecret: false })),
          })),
        })),
      }),
    ['Deployment job-hunter of job-hunter names no pull Secret'],
    ['Deployment claude-memory of'],
  ],
  [
    'an app fewer',
    () => says({ ...base, apps: base.apps.slice(1) }),
    ['payslip-ingest (Deployment payslip-ingest, CronJob actualbudget-payroll-sync) pulls', 'no more'],
    ['job-hunter'],
  ],
  [
    'retention deletes',
    () => says(withRetention({ mode: 'enforce' })),
    ['retention begins to delete', 'evidence "retention-observed"'],
    ['stops deleting'],
  ],
  [
    'retention observes again',
    () => says(base, withRetention({ mode: 'enforce' })),
    ['retention stops deleting'],
    ['begins to delete'],
  ],
  [
    'fewer tags kept',
    () => says(withRetention({ keepNewestTags: 3 })),
    ['retention.keepNewestTags: 10 becomes 3'],
    ['begins to delete', 'may free it'],
  ],
  [
    'a shorter grace',
    () => says(withRetention({ graceHours: 1 })),
    ['retention.graceHours: 48 becomes 1'],
    ['begins to delete'],
  ],
  [
    'a pattern fewer',
    () => says(withRetention({ alwaysKeepPatterns: [] })),
    ['retention.alwaysKeepPatterns'],
    ['begins to delete'],
  ],
  [
    'a wider token',
    () => says(withPull({ scopes: ['read:package', 'write:package'] })),
    ['token to pull may newly do write:package'],
    ['token to push'],
  ],
  [
    'a narrower token',
    () => says(withPull({ scopes: [] })),
    ['token to pull.scopes: ["read:package"] becomes []'],
    ['may newly'],
  ],
  [
    'another owner of a token',
    () => says(withPull({ owner: 'somebody' })),
    ['token to pull.owner: "cluster-puller" becomes "somebody"'],
    ['may newly'],
  ],
  [
    'a token in another place',
    () => says(withPull({ vault: { path: 'a', key: 'b' } })),
    ['token to pull.vault.path: "viktor" becomes "a"'],
    ['token to delete'],
  ],
  [
    'nodes',
    () => says({ ...base, nodes: { ...base.nodes, swap: { ...base.nodes.swap, gibibytes: 99 } } }),
    ['machines', 'nodes.swap.gibibytes'],
    ['paths', 'images'],
  ],
  [
    'the VM',
    () => says({ ...base, registryVm: { ...estate.registryVm, address: '192.0.2.1' } }),
    ['registryVm.address', 'becomes "192.0.2.1"'],
    ['nodes.'],
  ],
  [
    'an unnamed kind of fact',
    () => says({ ...base, pushgateway: { ...base.pushgateway, odd: 1 } as Estate['pushgateway'] }),
    ['pushgateway.odd: new, 1'],
    ['images'],
  ],
  ['an alert more', () => says(base, base, [{}, rule('Odd', 'up')]), ['Odd is new'], ['Odd goes']],
  [
    'an alert fewer',
    () => says(base, base, [rule('Odd', 'up'), {}]),
    ['Odd goes: nobody is told of it any more'],
    ['Odd is new'],
  ],
  [
    'another threshold',
    () => says(base, base, [rule('Odd', 'up'), rule('Odd', 'down')]),
    ['Odd changes: expr'],
    ['Odd is new', 'Odd goes'],
  ],
  [
    'a volume of another class',
    () => says(base, base, [claim('1', 'a'), claim('1', 'b')]),
    [
      'PROTECTED',
      'would be replaced: the data on the volume would be lost',
      'spec.storage_class_name is "a" and becomes "b"',
    ],
    ['destroyed'],
  ],
  [
    'a volume gone',
    () => says(base, base, [claim('1', 'a'), {}]),
    ['would be destroyed: the data on the volume would be lost'],
    ['replaced'],
  ],
  [
    'a volume grown',
    () => says(base, base, [claim('1', 'a'), claim('2', 'a')]),
    ['changed          forgejo: kubernetes_persistent_volume_claim.data (size)'],
    ['PROTECTED', 'replaced'],
  ],
  [
    'a volume whose class somebody else says',
    () => says(base, base, [claim('1', 'a'), claim('1', '${var.class}')]),
    [
      'PROTECTED',
      `forgejo: ${volume} may be replaced: the data on the volume would be lost; only a plan knows`,
      'perhaps replaced forgejo',
      'spec.storage_class_name is "a" and becomes "${var.class}"; a plan knows',
    ],
    ['changed  ', 'would be replaced'],
  ],
  [
    'a volume of which a plan says that it stays',
    () => says(base, base, byVariable, planOf(volume, 'no-op')),
    ['perhaps replaced forgejo'],
    ['PROTECTED'],
  ],
  [
    'a volume of which a plan says that it goes',
    () => says(base, base, byVariable, planOf(volume, 'delete', 'create')),
    ['PROTECTED', `Terraform: ${volume} would be replaced`],
    [],
  ],
  [
    'a volume that a plan of something else does not name',
    () => says(base, base, byVariable, planOf('kubernetes_namespace.other', 'no-op')),
    ['PROTECTED', 'may be replaced'],
    [],
  ],
  [
    'a volume destroyed in spite of a plan of before',
    () => says(base, base, [claim('1', 'a'), {}], planOf(volume, 'no-op')),
    ['PROTECTED', 'would be destroyed'],
    [],
  ],
  [
    'a volume of another class in spite of a plan of before',
    () => says(base, base, [claim('1', 'a'), claim('1', 'b')], planOf(volume, 'no-op')),
    ['PROTECTED', 'would be replaced'],
    [],
  ],
  [
    'a volume of which another instance stays',
    () =>
      says(base, base, byVariable, {
        resource_changes: [
          ...(planOf(`module.a.${volume}`, 'update', 'forget').resource_changes ?? []),
          ...(planOf(`module.b.${volume}`, 'no-op').resource_changes ?? []),
        ],
      }),
    ['PROTECTED', 'may be replaced'],
    [],
  ],
  [
    'an app renamed',
    () => says(withApp('job-hunter', (app) => ({ ...app, stack: 'job-finder' }))),
    ['job-finder (Deployment job-hunter) newly pulls', 'job-hunter (Deployment job-hunter) pulls', 'no more'],
    ['unpullable', 'may free', 'in order'],
  ],
  [
    'two apps that swap tags',
    () => {
      const [a, b] = ['payslip-ingest', 'job-hunter'].map(
        (name) => base.images.find((one) => one.name === name)?.tag,
      );
      const swapped = new Map([
        ['payslip-ingest', b],
        ['job-hunter', a],
      ]);
      return says({
        ...base,
        images: base.images.map((one) => ({ ...one, tag: swapped.get(one.name) ?? one.tag })),
      });
    },
    [
      'payslip-ingest:92afc38d instead of',
      'job-hunter:4f70681d instead of',
      'the tag that runs is written in stacks/job-hunter of the tree: change it there too',
    ],
    ['digest: yes', 'in order'],
  ],
  [
    'an app in another namespace',
    () => says(withWorkload({ namespace: 'work' })),
    ['job-hunter: job-hunter.workloads.job-hunter.namespace: new, "work"'],
    ['instead of', 'unpullable'],
  ],
  [
    'a tag that the CI sets',
    () => {
      const before = withWorkload({ imageSetBy: 'ci' });
      return says({ ...before, images: withImage('job-hunter', { tag: 'aaaaaaaa' }).images }, before);
    },
    ['Deployment job-hunter runs what its ci sets'],
    [],
  ],
  [
    'a machine fewer',
    () => {
      const { registryVm: _, ...without } = base;
      return says(without);
    },
    ['registryVm: gone'],
    ['unpullable'],
  ],
  [
    'another class of storage, as a fact',
    () => says(withForgejo({ storage: { ...base.forgejo.storage, storageClass: 'local-path' } })),
    ['forgejo.storage.storageClass: "proxmox-lvm-encrypted" becomes "local-path"'],
    ['retention', 'images'],
  ],
  [
    'the owner in another case',
    () => says(withForgejo({ packages: { owner: 'Viktor', ownerIs: 'user' } })),
    ['forgejo.packages.owner: "viktor" becomes "Viktor"', 'retention does not look there any more'],
    ['may free it', 'instead of'],
  ],
  [
    'another schedule',
    () => says(withRetention({ schedule: '30 3 * * *' })),
    ['retention.schedule: "0 4 * * *" becomes "30 3 * * *"'],
    ['keeps less', 'begins to delete', 'machines'],
  ],
  [
    'more tags kept, and the old number again',
    () => says(base, withRetention({ keepNewestTags: 20 })),
    ['keepNewestTags: 20 becomes 10', 'retention keeps less than before'],
    ['may free it'],
  ],
  [
    'more tags kept',
    () => says(withRetention({ keepNewestTags: 20 })),
    ['keepNewestTags: 10 becomes 20'],
    ['keeps less'],
  ],
  [
    'a Vault key fewer',
    () => says(withForgejo({ publicDns: { madeBy: 'others' } })),
    ['forgejo.publicDns.email: gone, was {"path":"platform","key":"cloudflare_email"}'],
    ['token to'],
  ],
  [
    'apps in another order',
    () => says({ ...base, apps: [...base.apps].reverse() }),
    ['apps, in order: ["payslip-ingest"', 'becomes ["'],
    ['newly pulls', 'nothing changes'],
  ],
  [
    'the way back of an app whose image was measured',
    () => says({ ...cutover, apps: base.apps }, cutover),
    ['same digest: yes, measured 2026-01-01T00:00:00Z'],
    ['nobody has measured it'],
  ],
  [
    'a volume moved',
    () =>
      says(base, base, [
        claim('1', 'a'),
        {
          resource: {
            kubernetes_persistent_volume_claim: { other: { size: '1', spec: { storage_class_name: 'a' } } },
          },
          moved: [
            {
              from: 'kubernetes_persistent_volume_claim.data',
              to: 'kubernetes_persistent_volume_claim.other',
            },
          ],
        },
      ]),
    ['moved            forgejo', 'from kubernetes_persistent_volume_claim.data'],
    ['PROTECTED', 'created'],
  ],
];

describe('a reviewer is told what', () => {
  test.each(rows)('%s does', (_, told, present, absent) => {
    const text = told();
    for (const sentence of present) expect(text).toContain(sentence);
    for (const sentence of absent) expect(text).not.toContain(sentence);
    expect(text).not.toContain('not compared');
  });

  test('a base of another shape leaves to the objects', () => {
    expect(says(base, { phase: 'prepare' } as Estate)).toContain(
      'not compared: the base holds these facts in another shape',
    );
  });

  test.each([
    ['module.a.kubernetes_namespace.b', 'everything in the namespace would be deleted'],
    ['module.a["x.y"].module.b[0].kubernetes_namespace.b', 'everything in the namespace would be deleted'],
    ['module.a["]."].kubernetes_persistent_volume_claim_v1.b["x"]', 'the data on the volume would be lost'],
    ['kubernetes_persistent_volume.b', 'the data on the volume would be lost'],
    ['vault_mount.b', 'every secret below it would be deleted'],
    ['module.m.helm_release.kept[0]', 'what depends on it would go with it'],
  ])('Terraform itself would destroy %s', (address, loss) => {
    const kept = { lifecycle: { prevent_destroy: true } };
    const stacks = { a: { resource: { helm_release: { kept } } } };
    const side = { name: 'x', estate, stacks, manifests: {} };
    expect(reviewOf(side, side, planOf(address, 'delete')).protectedEnds).toEqual([
      expect.stringContaining(`Terraform: ${address} would be destroyed: ${loss}`),
    ]);
  });

  test('a comment stays within what a forge takes, and its text is shown, never rendered', () => {
    const side = (text: string, tag: string) => ({
      name: '<b>@somebody',
      estate: withImage('job-hunter', { tag }),
      stacks: {},
      manifests: { a: text, b: 'short' + tag },
    });
    const comment = reviewMarkdown(reviewOf(side('', '@all`x'), side('```\n@all\n'.repeat(20_000), 'y')));
    expect(comment.length).toBeLessThanOrEqual(65_536);
    expect(comment).toContain('… the rest: `./registry diff`');
    expect(comment).not.toMatch(/<b>|^### .*@/mu);
  });
});
