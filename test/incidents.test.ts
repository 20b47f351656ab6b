import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

/** A test by its title, or a committed text (a golden, a type) that must hold or must not hold something. */
type Guard =
  | { readonly file: string; readonly test: string }
  | { readonly file: string; readonly shows: string }
  | { readonly file: string; readonly lacks: string };

/** What keeps an incident from coming back. `open` beside guards: a part that nothing guards yet. */
type Answer =
  | { readonly caughtBy: readonly Guard[]; readonly open?: string }
  | { readonly open: string }
  | { readonly outOfScope: string };

const validate = (title: string): Guard => ({ file: 'test/estate/validate.test.ts', test: title });
const retention = (name: string, title: string): Guard => ({
  file: `test/programs/retention/${name}.test.ts`,
  test: title,
});
const contract = (title: string): Guard => ({ file: 'test/support/retention-contract.ts', test: title });
const walk = (title: string): Guard => ({
  file: 'test/programs/integrity-probe/walk.test.ts',
  test: title,
});
const probeRun = (title: string): Guard => ({
  file: 'test/programs/integrity-probe/probe-run.test.ts',
  test: title,
});
const construct = (name: string, title: string): Guard => ({
  file: `test/constructs/${name}.test.ts`,
  test: title,
});
const delivery = (name: string, title: string): Guard => ({
  file: `test/delivery/${name}.test.ts`,
  test: title,
});
const vm = (title: string): Guard => ({ file: 'test/cloud-init/registry-vm.test.ts', test: title });
const syncLab = (title: string): Guard => ({ file: 'test/lab/registry-config-sync.test.ts', test: title });
const breakGlass = (title: string): Guard => ({ file: 'test/lab/break-glass.test.ts', test: title });
const cloudInit = (name: string, title: string): Guard => ({
  file: `test/cloud-init/${name}.test.ts`,
  test: title,
});
const lab = (name: string, title: string): Guard => ({ file: `test/lab/${name}.test.ts`, test: title });
const migration = (name: string, title: string): Guard => ({
  file: `test/migration/${name}.test.ts`,
  test: title,
});
const stack = (name: string, title: string): Guard => ({ file: `test/stacks/${name}.test.ts`, test: title });
const forgejo = 'test/golden/stacks/forgejo/prepare.yaml';

const defaultPipeline = "the tree's own pipelines stay its owner's, beside ours";
const applied = (title: string): Guard => ({ file: 'test/apply/apply-stacks.test.ts', test: title });
const night = (title: string): Guard => ({ file: 'test/apply/detect-drift.test.ts', test: title });
const stacks = (title: string): Guard => ({ file: 'test/pipelines/registry-stacks.test.ts', test: title });
const virtualMachines = 'running virtual machines are not managed here';
const pullPaths = (title: string): Guard => ({ file: 'test/estate/pull-paths.test.ts', test: title });
const bareAddress = pullPaths('dials no bare address where an ingress routes by name');

const answers: Readonly<Record<string, Answer>> = {
  M1: { caughtBy: [stack('forgejo', 'leaves the upload path at its default')] },
  M2: { caughtBy: [stack('forgejo', 'lets Forgejo write its volume without walking it at every start')] },
  M3: {
    caughtBy: [
      construct('vault-secrets', 'stops the plan with the name of each key that is missing or empty'),
    ],
  },
  M4: {
    caughtBy: [
      validate('a decommission with an app left behind'),
      validate('a decommission that nothing proves'),
    ],
  },
  M5: {
    caughtBy: [
      delivery(
        'terraform',
        'image references become locals and the plan is empty, image_tag still chosen from outside',
      ),
      delivery('refusals', 'a file cut short half-way'),
      delivery(
        'write',
        'leaves every file old or new at any step of an adoption, and the next run completes it',
      ),
    ],
  },
  M6: {
    caughtBy: [
      validate('a decommission with an app left behind'),
      migration('mistakes', 'a consumer that the estate does not know, by %s'),
      migration('mistakes', 'a decommission with a live CronJob on the old host'),
      delivery('pipeline-images', 'move in every file that runs in one, and not a letter besides'),
      migration('decommission', 'an Ingress that was forgotten, and a Service behind it'),
    ],
  },
  M7: { caughtBy: [stack('forgejo', 'reaches the CI with its webhooks, and waits for it')] },
  M8: {
    caughtBy: [validate('a threshold of used space')],
  },
  M9: {
    caughtBy: [
      validate('a major version of Forgejo'),
      stack('forgejo', 'pins Forgejo to a full version that no updater may change'),
    ],
  },
  M10: {
    caughtBy: [
      bareAddress,
      lab('containerd-pull', 'containerd %i.x: Forgejo by its public name, which DNS leads inside'),
      cloudInit('containerd-hosts', 'of Forgejo does not exist by DNS, and the one of May 2026 goes'),
      lab('rollout', 'stops there, and names the node, the reason and the command that goes on'),
    ],
  },
  M11: {
    caughtBy: [
      validate('a pod over the quota of its namespace'),
      stack('forgejo', 'gives Forgejo memory that its namespace allows: quota and label together'),
    ],
  },
  M12: {
    caughtBy: [
      validate('a delete token of another account'),
      contract('refuses, with a token of somebody who is not the owner, even to observe'),
    ],
  },
  M13: {
    caughtBy: [
      retention(
        'incidents',
        'the plan of more than ten builds deletes tags with the children that only they list',
      ),
      retention('plan', "loses nothing that a kept tag reaches, even after Forgejo's own sweep"),
    ],
  },
  M14: {
    caughtBy: [
      bareAddress,
      validate('a token service whose name leads to the public address (hairpin of 2026-06-10)'),
      lab(
        'containerd-pull',
        'containerd %i.x: the bare address of May 2026 has no certificate, with verification off no route',
      ),
    ],
  },
  M15: {
    caughtBy: [
      retention(
        'incidents',
        'the plan keeps them and says who needs them, and control: deletes their neighbours',
      ),
      retention('plan', 'deletes nothing that the cluster or the estate references'),
    ],
  },
  M16: {
    caughtBy: [
      construct('program-cron-job', 'runs the one file of its ConfigMap, which Terraform reproduces exactly'),
      walk('finds every damage, names it exactly, raises no false alarm and finishes the rest'),
    ],
  },
  M17: { caughtBy: [validate('one key for two duties')] },
  1: { open: "the Woodpecker server's settings are not rendered yet" },
  2: {
    outOfScope:
      "the only Helm release here is Kyverno's, without values; the Woodpecker release is its owner's",
  },
  3: { caughtBy: [validate('a push token of another account')] },
  4: { caughtBy: [validate("a bake without a project's dual push"), validate('a cutover without a bake')] },
  5: {
    caughtBy: [
      validate('an app past cutover whose image is not known to be in the target'),
      migration('mistakes', "a tag that a node's cache alone has"),
    ],
  },
  6: {
    caughtBy: [validate('an app past cutover whose image is not known to be in the target')],
    open: 'no program copies images yet; its list is to be the tags that this evidence is about',
  },
  7: {
    caughtBy: [
      delivery(
        'deliver',
        'a stack without terragrunt.hcl is offered one, because CI would skip the folder silently',
      ),
    ],
  },
  8: { outOfScope: "an app's own variables stay its owner's; a delivery adds locals to it and no variable" },
  9: {
    caughtBy: [
      validate('a private image without the pull secret'),
      migration('mistakes', 'a pod without a login'),
    ],
  },
  10: {
    caughtBy: [
      {
        file: 'test/pipelines/registry-config-sync.test.ts',
        test: 'is given each secret that the script reads, by reference',
      },
      syncLab('without a secret connects to nothing and names it'),
      breakGlass('a registry that is away, or has no such image, costs nothing that was saved'),
      {
        file: 'test/lab/break-glass-alerts.test.ts',
        test: 'one copy that two runs did not read back, and the other that they did',
      },
    ],
  },
  11: {
    caughtBy: [
      validate('a retained folder inside a deleted one'),
      migration('decommission', 'the folder of its data: %j'),
      breakGlass(
        'saves the image of %s in both places, and a node takes it under the name that pipelines use',
      ),
    ],
  },
  12: {
    caughtBy: [
      vm('mounts files of its list only'),
      {
        file: 'test/pipelines/registry-config-sync.test.ts',
        test: 'brings every file that the machine mounts or runs to the path where it is read',
      },
      syncLab(
        'brings an empty machine to the list, each effect in its turn, and changes nothing the second time',
      ),
      syncLab('fails at a port that does not answer, and names it'),
    ],
  },
  13: {
    caughtBy: [
      validate('two services of the registry VM on one port'),
      pullPaths('dials no port of the registry VM where nothing listens (incident 13)'),
      vm('publishes each port once, with a server of nginx or the service itself behind it'),
      {
        file: 'test/lab/pull-through-caches.test.ts',
        test: '%s serves an image of its upstream, then its blobs from the cache',
      },
    ],
  },
  14: {
    caughtBy: [
      stack('kyverno', 'at decommission logs in to Forgejo alone, and asks Vault for no legacy key'),
      stack('monitoring', 'probes both registries until the legacy one is gone'),
      syncLab('at decommission removes what the legacy registry had, and neither data nor break-glass'),
    ],
    open: 'no scan of the rest of the tree',
  },
  15: {
    caughtBy: [
      stack('monitoring', 'removes what the legacy probe left behind once it is gone, and not before'),
      probeRun('removes what a retired probe left in the Pushgateway'),
      {
        file: 'test/monitoring/integrity-alerts.test.ts',
        test: 'forget the legacy registry with the phase that removes it',
      },
    ],
    open: 'monitors of Uptime Kuma are looked at by a person, who is told to',
  },
  16: { caughtBy: [stacks('gives the tree the kubeconfig that its root names')], open: defaultPipeline },
  17: {
    caughtBy: [stacks('names every program that the image lacks, and begins nothing')],
    open: defaultPipeline,
  },
  18: {
    caughtBy: [applied('is what a merge brought, though its first parent has half of it already')],
    open: defaultPipeline,
  },
  19: {
    caughtBy: [
      applied('is not what a restarted old pipeline holds, also of a commit that was never applied'),
    ],
    open: defaultPipeline,
  },
  20: {
    caughtBy: [applied('is applied once by two pipelines at once, whichever is first')],
    open: defaultPipeline,
  },
  21: {
    caughtBy: [
      applied('leaves a stack alone that was deleted from the tree, and says so until a person has'),
    ],
    open: defaultPipeline,
  },
  22: {
    caughtBy: [
      delivery(
        'generated-file',
        'holds no terraform or provider block, no cdktf note and nothing of the cdktf form alone',
      ),
    ],
    open: 'files that Terragrunt generates in the tree are not watched',
  },
  23: {
    caughtBy: [
      night('finds what was changed behind its back, counts what cannot be planned, and looks at the others'),
      night('fails when it looks at fewer stacks than there are, or comes to its deadline'),
      lab('stack-alerts', 'none at all, as for three months'),
    ],
  },
  24: {
    caughtBy: [applied('is every caller of a module that alone changed')],
    open: defaultPipeline,
  },
  25: { outOfScope: 'certificates and mirrors are renewed by pipelines of the tree' },
  26: {
    caughtBy: [
      stacks('clone the whole history, and leave no object for later'),
      { file: 'test/golden/pipelines/dual-push/job-hunter.yml', shows: 'partial: false' },
    ],
    open: "the tree's other pipelines stay their owner's",
  },
  27: {
    caughtBy: [lab('preflight', 'names a secret that pipelines are given and Woodpecker does not have')],
  },
  28: {
    caughtBy: [
      applied('leaves a stack alone that was deleted from the tree, and says so until a person has'),
    ],
    open: defaultPipeline,
  },
  29: {
    caughtBy: [
      validate('two collections of garbage at the same minute'),
      night('is refused on a checkout that is older than what was applied'),
    ],
    open: "the tree's own pipelines keep their own schedules",
  },
  30: { caughtBy: [validate('a floating tag without an exception')] },
  31: {
    caughtBy: [
      {
        file: 'test/lab/pull-alerts.test.ts',
        test: 'a pod in back-off for a quarter of an hour, in both of its reasons',
      },
    ],
  },
  32: { caughtBy: [validate('a private image without the pull secret')] },
  33: {
    caughtBy: [validate('two owners of one tag'), { file: forgejo, lacks: 'container[0].image' }],
  },
  34: { caughtBy: [validate('a floating tag that an updater sees')] },
  35: { outOfScope: "an updater's annotations on workloads that pull none of these images" },
  36: {
    caughtBy: [walk('finds every damage, names it exactly, raises no false alarm and finishes the rest')],
  },
  37: { caughtBy: [validate('two owners of one tag')] },
  38: {
    caughtBy: [
      validate('a decommission that nothing proves'),
      migration('mistakes', 'a consumer that the estate does not know, by %s'),
    ],
  },
  39: {
    caughtBy: [
      stack('kyverno', 'refuses at synth to change the rule that clones, or its source: another %s'),
      { file: 'test/lab/kyverno.test.ts', test: 'a changed, renamed or removed rule is refused' },
    ],
  },
  40: {
    caughtBy: [
      validate('a pull token of the account that owns the packages'),
      validate('one key for two duties'),
    ],
  },
  41: { caughtBy: [{ file: 'test/estate/image-reference.test.ts', test: 'alpine:3.20' }] },
  42: { caughtBy: [validate('a floating tag that a cache sees')] },
  43: { outOfScope: 'no updater is configured here' },
  44: { caughtBy: [{ file: forgejo, lacks: 'image_pull_policy' }] },
  45: {
    caughtBy: [
      walk('of an empty registry finds nothing and is not interrupted'),
      probeRun('over a healthy registry with nothing in it says empty, which is no failure'),
    ],
  },
  46: {
    caughtBy: [
      cloudInit('cloud-config', 'a newline in a command (incident 46)'),
      cloudInit('cloud-config', 'a duplicate TOML table (incident 46)'),
      cloudInit('kubernetes-node', 'tells containerd 2.x where hosts.toml files are'),
      cloudInit('kubernetes-node', 'joins last, when every file is written and read'),
      lab('node-files', 'cloud-init accepts the cloud-config of %s'),
      lab('node-files', '%s takes the config.toml for %i.x as its own'),
      lab('node-files', 'the kubelet merges its drop-in, and stops only for want of a runtime'),
    ],
  },
  47: {
    caughtBy: [
      cloudInit('cloud-config', 'a user without a key (incident 47)'),
      validate('an ssh key by a name that is none (incident 47)'),
    ],
  },
  48: { outOfScope: virtualMachines },
  49: { outOfScope: 'the tunnel belongs to another stack' },
  50: { outOfScope: "addresses in the tree's other stacks are not known here" },
  51: {
    caughtBy: [
      validate('a redirect of a client that reads no hosts.toml (incident 51)'),
      validate('a name whose private answer is gone, so that the public one comes through (incident 51)'),
      lab('dns', 'pods find Forgejo at the cluster IP of Traefik, whichever that is'),
    ],
  },
  52: {
    caughtBy: [
      cloudInit(
        'dns-records',
        'holds no zone for the whole domain, which would have to repeat every public record (incident 52)',
      ),
      lab('dns', 'nodes, VMs and workstations find what Technitium’s zones say, and no other name'),
    ],
    open: 'what the real DNS servers answer is not compared with the estate',
  },
  53: {
    caughtBy: [
      construct(
        'auto-resized-volume',
        'is annotated, ignored where it grows, and can not be destroyed: all three or none',
      ),
    ],
    open: 'the metric the resizer needs and the StorageClass that must allow it are not checked',
  },
  54: {
    caughtBy: [stack('forgejo', 'lets Forgejo write its volume without walking it at every start')],
    open: 'source archives are not switched off',
  },
  55: { outOfScope: 'push mirrors are configured in Forgejo itself' },
  56: { outOfScope: 'sign-in providers are configured in Forgejo itself' },
  57: {
    caughtBy: [
      validate('a dual push through an entry point that cuts it'),
      stack('forgejo', 'keeps the web router as it is and lets /v2 bypass what breaks pushes'),
      {
        file: 'test/lab/registry-ingress.test.ts',
        test: 'a body of $bytes bytes (chunked: $chunked) answers $status under a limit of 1m',
      },
    ],
    open: 'no blob of 5 GB is pushed through a real Traefik with the timeouts that the estate records',
  },
  58: { caughtBy: [{ file: 'constructs/ingress.ts', shows: 'readonly auth: Auth;' }] },
  59: {
    caughtBy: [
      construct(
        'ingress',
        'with a body size of %s refers to a Buffering middleware of as many bytes, as a number',
      ),
    ],
  },
  60: {
    caughtBy: [
      construct('program-cron-job', 'runs the one file of its ConfigMap, which Terraform reproduces exactly'),
      construct('program-cron-job', 'has no way out but DNS and the named ones, and no way in'),
    ],
  },
  61: { outOfScope: "an app's own volumes stay its owner's" },
  62: { outOfScope: 'the state backend is configured by the tree and by PG_CONN_STR' },
  63: {
    caughtBy: [
      { file: 'constructs/middleware-chain.ts', shows: 'readonly own: readonly MiddlewareReference[];' },
    ],
    open: 'chains written by hand in the rest of the tree are not known here',
  },
};

const repository = join(__dirname, '..');
const text = (file: string): string => readFileSync(join(repository, file), 'utf8');

const incidents = text('test/fixtures/incidents.csv')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',')[0] ?? '');

const guards = Object.entries(answers).flatMap(([number, answer]) =>
  'caughtBy' in answer ? answer.caughtBy.map((guard) => [number, guard.file, guard] as const) : [],
);

/** A title stands where tests have theirs: first in `test(…)`, first in a row of `each`, or behind `what:` or `title:`. */
function hasTest(source: string, title: string): boolean {
  const escaped = title.replaceAll(/[.*+?^${}()|[\]]/g, String.raw`\$&`);
  const quoted = escaped.replaceAll(/['"\x60]/g, String.raw`\\?$&`);
  return new RegExp(
    String.raw`(?:\b(?:test|it|testWithTerraform)\(|\)\(|\[|\b(?:what|title):)\s*(['"\x60])${quoted}\1`,
  ).test(source);
}

function holds(guard: Guard): boolean {
  const source = text(guard.file);
  if ('test' in guard) return hasTest(source, guard.test);
  return 'shows' in guard ? source.includes(guard.shows) : !source.includes(guard.lacks);
}

describe('the map of incidents', () => {
  test('answers every incident of the list, each once, and none besides', () => {
    expect(incidents).toHaveLength(80);
    expect(new Set(incidents).size).toBe(incidents.length);
    expect(Object.keys(answers).sort()).toEqual([...incidents].sort());
  });

  test.each(guards)('the guard of incident %s is in %s', (_number, _file, guard) => {
    expect([guard, holds(guard)]).toEqual([guard, true]);
  });

  test('says how many are caught, caught in part, open and out of scope', () => {
    const kindOf = (answer: Answer): string => {
      if ('outOfScope' in answer) return 'out of scope';
      if (!('caughtBy' in answer)) return 'open';
      return answer.open === undefined ? 'caught' : 'caught in part';
    };
    const counts = new Map<string, number>();
    for (const kind of Object.values(answers).map(kindOf)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    console.log(
      `${incidents.length} incidents: ${[...counts].map(([kind, n]) => `${n} ${kind}`).join(', ')}`,
    );
    expect(
      Object.values(answers).filter((answer) => 'caughtBy' in answer && answer.caughtBy.length === 0),
    ).toEqual([]);
  });

  test('control: a title that is no test and a text that is not there are no guards', () => {
    expect(hasTest("test('is here', () => {})", 'is here')).toBe(true);
    expect(hasTest("expect(x).toBe('is here')", 'is here')).toBe(false);
    expect(hasTest("test.skip('is here', () => {})", 'is here')).toBe(false);
    expect(holds({ file: forgejo, shows: 'CHUNKED_UPLOAD_PATH' })).toBe(false);
  });
});
