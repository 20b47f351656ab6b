import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import type { Deliverable } from '../../delivery/deliverable';
import { prepareDelivery } from '../../delivery/deliver';
import { Refused } from '../../steps/refused';
import { app, everything, forgejo, image, kyverno, monitoring } from './deliverables';
import { commit, git, makeTree, put, read, removeTrees, snapshot } from './fixture';

jest.setTimeout(60_000);
afterAll(removeTrees);

async function faultsOf(root: string, deliverables: readonly Deliverable[] = everything): Promise<string[]> {
  try {
    await prepareDelivery(root, deliverables);
  } catch (error) {
    if (error instanceof Refused) return [...error.faults];
    throw error;
  }
  return [];
}

const fixture = (path: string): string => readFileSync(join(__dirname, 'fixture', path), 'utf8');

interface Wrong {
  readonly what: string;
  /** Files of the tree that differ from the good one, committed. */
  readonly files: Readonly<Record<string, string | null>>;
  readonly faults: readonly string[];
  readonly deliverables?: readonly Deliverable[];
}

const payslip = [app('payslip-ingest', [image('payslip-ingest')])];
const wealthfolio = [app('wealthfolio', [image('wealthfolio-sync', 'latest')])];
const cut = (path: string): string => fixture(path).slice(0, Math.floor(fixture(path).length / 2));

/** Committed trees that are wrong in themselves. */
const wrongTrees: readonly Wrong[] = [
  {
    what: 'HCL that does not parse',
    files: { 'stacks/kyverno/modules/kyverno/policies.tf': 'resource "a" "b" {\n  x = = 1\n}\n' },
    deliverables: [kyverno],
    faults: [
      'stacks/kyverno/modules/kyverno/policies.tf:2:7: HCL does not parse, got "Invalid expression; Expected the start of an expression',
    ],
  },
  {
    what: 'a file cut short half-way',
    files: { 'stacks/forgejo/cleanup.tf': cut('stacks/forgejo/cleanup.tf') },
    deliverables: [forgejo],
    faults: ['stacks/forgejo/cleanup.tf:25:46: HCL does not parse, got "'],
  },
  {
    what: 'a root terragrunt.hcl that does not parse, told once',
    files: { 'terragrunt.hcl': cut('terragrunt.hcl') },
    faults: ['terragrunt.hcl:35:8: HCL does not parse'],
  },
  {
    what: 'a resource that is declared twice',
    files: {
      'stacks/kyverno/modules/kyverno/again.tf': 'resource "kubernetes_secret" "registry_credentials" {}\n',
    },
    deliverables: [kyverno],
    faults: [
      'stacks/kyverno/modules/kyverno/registry-credentials.tf:9: "kubernetes_secret.registry_credentials" is declared twice, first at stacks/kyverno/modules/kyverno/again.tf:1; remove one, Terraform refuses both',
    ],
  },
  {
    what: 'a stack folder that is missing',
    files: { 'stacks/forgejo': null },
    deliverables: [{ ...forgejo }],
    faults: ['stacks/forgejo: the estate has this stack but the tree has no such folder; restore it'],
  },
  {
    what: 'a module folder that is missing',
    files: {},
    deliverables: [{ ...kyverno, modulePath: 'stacks/kyverno/modules/kiverno' }],
    faults: [
      'stacks/kyverno/modules/kiverno: the tree has no such folder; restore it, or correct the folder',
    ],
  },
  {
    what: 'a module folder that the stack does not call',
    files: { 'stacks/kyverno/main.tf': 'module "kyverno" {\n  source = "./modules/other"\n}\n' },
    deliverables: [kyverno],
    faults: ['stacks/kyverno: no module call has its source in "stacks/kyverno/modules/kyverno"'],
  },
  {
    what: "a file in the generated file's place",
    files: { 'stacks/forgejo/cdk.tf.json': '{"locals":{"a":1}}\n' },
    deliverables: [forgejo],
    faults: [
      "stacks/forgejo/cdk.tf.json: a file of this name exists without the delivery's marker; move it away",
    ],
  },
  {
    what: 'a JSON file that declares an address of ours',
    files: { 'stacks/forgejo/extra.tf.json': '{"resource":{"kubernetes_service":{"forgejo":{}}}}\n' },
    deliverables: [forgejo],
    faults: [
      'stacks/forgejo/extra.tf.json:1: declares "kubernetes_service.forgejo", which the generated file takes',
    ],
  },
  {
    what: 'a file that mixes ours with another resource',
    files: {
      'stacks/forgejo/cleanup.tf': `${fixture('stacks/forgejo/cleanup.tf')}\nresource "kubernetes_secret" "smtp" {}\n`,
    },
    deliverables: [forgejo],
    faults: [
      'stacks/forgejo/cleanup.tf:59: "kubernetes_secret.smtp" is not in the generated stack but shares a file with what is, so it would be lost; move it to a file of its own, or into the estate',
    ],
  },
  {
    what: 'a provider block beside our resources',
    files: {
      'stacks/forgejo/main.tf': `provider "kubernetes" {\n  alias = "x"\n}\n${fixture('stacks/forgejo/main.tf')}`,
    },
    deliverables: [forgejo],
    faults: ['stacks/forgejo/main.tf:1: a "provider" block is not in the generated stack'],
  },
  {
    what: 'a module whose resource no moved block brings out',
    files: {
      'modules/kubernetes/setup_tls_secret/ca.tf': 'resource "kubernetes_secret" "ca" {}\n',
    },
    deliverables: [forgejo],
    faults: [
      'stacks/forgejo/main.tf:17: "module.tls_secret.kubernetes_secret.ca" would be destroyed, no moved block brings it out of "module.tls_secret"',
    ],
  },
  {
    what: 'a module call whose source cannot be read',
    files: {
      'stacks/forgejo/main.tf': fixture('stacks/forgejo/main.tf').replace(
        '"../../modules/kubernetes/setup_tls_secret"',
        '"git::https://git.example/tls.git"',
      ),
    },
    deliverables: [forgejo],
    faults: ['stacks/forgejo/main.tf:17: "module.tls_secret" has no source inside the tree'],
  },
  {
    what: 'for_each instances that nothing adopts',
    files: {
      'stacks/forgejo/main.tf': fixture('stacks/forgejo/main.tf').replace(
        'resource "kubernetes_service" "forgejo" {',
        'resource "kubernetes_service" "forgejo" {\n  for_each = toset(["http"])',
      ),
    },
    deliverables: [forgejo],
    faults: ['stacks/forgejo/main.tf:64: "kubernetes_service.forgejo" has for_each'],
  },
  {
    what: 'a kept file that refers to what leaves',
    files: {
      'stacks/forgejo/runner.tf':
        'resource "kubernetes_secret" "runner" {\n  data = { dry = local.forgejo_cleanup_dry_run }\n}\n',
    },
    deliverables: [forgejo],
    faults: [
      'stacks/forgejo/runner.tf:2: refers to "local.forgejo_cleanup_dry_run", which stacks/forgejo/cleanup.tf:11 declares and the delivery removes; declare it in this file',
    ],
  },
  {
    what: 'a generated reference that nothing declares',
    files: {
      'stacks/monitoring/modules/monitoring/main.tf': fixture(
        'stacks/monitoring/modules/monitoring/main.tf',
      ).replace(/variable "forgejo_pull_token" \{[^}]*\}\n/u, ''),
    },
    deliverables: [monitoring],
    faults: [
      'stacks/monitoring/modules/monitoring/cdk.tf.json: resource.kubernetes_secret.forgejo_probe_credentials.data.REG_PASS refers to "var.forgejo_pull_token", which nothing in the folder declares; declare it there, or in the stack',
    ],
  },
  {
    what: 'an app whose image is spelled nowhere',
    files: { 'stacks/wealthfolio/main.tf': 'resource "terraform_data" "none" {}\n' },
    deliverables: wealthfolio,
    faults: [
      'stacks/wealthfolio: no attribute holds the image of "local.wealthfolio_sync_image" in any known spelling, got none of 10.0.20.10:5050/wealthfolio-sync, registry.viktorbarzin.me/wealthfolio-sync, registry.viktorbarzin.me:5050/wealthfolio-sync; correct the folder or the spellings in the estate',
    ],
  },
  {
    what: 'one image with two tags',
    files: {
      'stacks/wealthfolio/two.tf':
        'locals {\n  sync = "registry.viktorbarzin.me:5050/wealthfolio-sync:v1"\n}\n',
    },
    deliverables: wealthfolio,
    faults: [
      'stacks/wealthfolio/main.tf:23, stacks/wealthfolio/two.tf:2: one image with several tags, got "latest", "v1", but the estate gives one, "forgejo.viktorbarzin.me/viktor/wealthfolio-sync:latest"',
    ],
  },
  {
    what: 'a literal tag where the estate leaves it to a variable',
    files: {
      'stacks/payslip-ingest/job.tf': 'locals {\n  job = "registry.viktorbarzin.me/payslip-ingest:v9"\n}\n',
    },
    deliverables: payslip,
    faults: [
      'stacks/payslip-ingest/job.tf:2: spells the tag "v9", but the estate leaves the tag of "forgejo.viktorbarzin.me/viktor/payslip-ingest" to an expression',
    ],
  },
  {
    what: 'a tag from a variable where the estate has a literal one',
    files: {
      'stacks/wealthfolio/main.tf':
        'locals {\n  i = "registry.viktorbarzin.me/wealthfolio-sync:${var.tag}"\n}\n',
    },
    deliverables: wealthfolio,
    faults: [
      'stacks/wealthfolio/main.tf:2: takes the tag of "registry.viktorbarzin.me/wealthfolio-sync" from an expression or not at all',
    ],
  },
  {
    what: "an image in a variable's default",
    files: {
      'stacks/wealthfolio/variables.tf':
        'variable "sync" {\n  default = "registry.viktorbarzin.me/wealthfolio-sync:latest"\n}\n',
    },
    deliverables: wealthfolio,
    faults: ["stacks/wealthfolio/variables.tf:2: a variable's default cannot refer to a local, got"],
  },
  {
    what: 'a local of the generated name',
    files: { 'stacks/wealthfolio/locals.tf': 'locals {\n  wealthfolio_sync_image = "x"\n}\n' },
    deliverables: wealthfolio,
    faults: ['stacks/wealthfolio/locals.tf:2: "local.wealthfolio_sync_image" is declared here'],
  },
  {
    what: 'a locals block that is ours in part',
    files: { 'stacks/kyverno/modules/kyverno/locals.tf': 'locals {\n  a = 1\n  b = 2\n}\n' },
    deliverables: [{ ...kyverno, json: { ...kyverno.json, locals: { a: 1 } } }],
    faults: [
      'stacks/kyverno/modules/kyverno/locals.tf:3: "local.b" shares a locals block with what the generated',
    ],
  },
  {
    what: 'a generated file that git ignores',
    files: { '.gitignore': '*.tf.json\n' },
    deliverables: wealthfolio,
    faults: [
      'stacks/wealthfolio/images.tf.json: git ignores it, so CI would never see it, got the rule ".gitignore:1:*.tf.json"',
    ],
  },
  ...(
    [
      ['count above one', 'count = 3', '64: "kubernetes_service.forgejo" has count, got "3"'],
      [
        'an unknown count',
        'count = length(var.x)',
        '64: "kubernetes_service.forgejo" has count, got "length(var.x)"',
      ],
      [
        'a provider of its own',
        'provider = kubernetes.other',
        '64: "kubernetes_service.forgejo" has its own provider',
      ],
      [
        'a provisioner',
        'provisioner "local-exec" {\n    command = "x"\n  }',
        '65: "kubernetes_service.forgejo" has a provisioner block',
      ],
      [
        'timeouts',
        'timeouts {\n    create = "9m"\n  }',
        '65: "kubernetes_service.forgejo" has a timeouts block',
      ],
      [
        'protection',
        'lifecycle {\n    prevent_destroy = true\n  }',
        '64: "kubernetes_service.forgejo" has prevent_destroy',
      ],
      [
        'changes that it ignores',
        'lifecycle {\n    ignore_changes = [spec[0].type]\n  }',
        '64: "kubernetes_service.forgejo" ignores changes of "spec[0].type"',
      ],
      [
        'all changes ignored',
        'lifecycle {\n    ignore_changes = all\n  }',
        '64: "kubernetes_service.forgejo" ignores changes of "all"',
      ],
    ] as const
  ).map(([what, line, fault]): Wrong => ({
    what: `a resource with ${what}`,
    files: {
      'stacks/forgejo/main.tf': fixture('stacks/forgejo/main.tf').replace(
        'resource "kubernetes_service" "forgejo" {',
        `resource "kubernetes_service" "forgejo" {\n  ${line}`,
      ),
    },
    deliverables: [forgejo],
    faults: [`stacks/forgejo/main.tf:${fault}`],
  })),
  ...(
    [
      [
        'removed',
        'removed {\n  from = kubernetes_secret.keepme\n  lifecycle {\n    destroy = false\n  }\n}\n',
      ],
      ['moved', 'moved {\n  from = kubernetes_secret.a\n  to   = kubernetes_secret.b\n}\n'],
      ['import', 'import {\n  to = kubernetes_secret.b\n  id = "b"\n}\n'],
      ['check', 'check "c" {\n  assert {\n    condition     = true\n    error_message = "x"\n  }\n}\n'],
    ] as const
  ).map(([type, block]): Wrong => ({
    what: `a pending ${type} block in a file that leaves`,
    files: { 'stacks/forgejo/main.tf': `${block}${fixture('stacks/forgejo/main.tf')}` },
    deliverables: [forgejo],
    faults: [`stacks/forgejo/main.tf:1: a "${type}" block is not in the generated stack but shares a file`],
  })),
  {
    what: 'a removed block in its own file that names what is ours',
    files: { 'stacks/forgejo/gone.tf': 'removed {\n  from = kubernetes_service.forgejo\n}\n' },
    deliverables: [forgejo],
    faults: ['stacks/forgejo/gone.tf:1: a removed block says that "kubernetes_service.forgejo" is gone'],
  },
  {
    what: 'an override of what is ours',
    files: {
      'stacks/forgejo/main_override.tf': 'resource "kubernetes_service" "forgejo" {\n  wait = false\n}\n',
    },
    deliverables: [forgejo],
    faults: [
      'stacks/forgejo/main_override.tf:1: overrides "kubernetes_service.forgejo", which the generated',
    ],
  },
];

describe('a wrong tree is refused and nothing changes:', () => {
  test.each(wrongTrees.map((wrong) => [wrong.what, wrong] as const))('%s', async (_what, wrong) => {
    const root = makeTree(wrong.files);
    const before = snapshot(root);
    const faults = await faultsOf(root, wrong.deliverables);
    expect(faults).toHaveLength(wrong.faults.length);
    wrong.faults.forEach((fault, index) => {
      expect(faults[index]).toContain(fault);
    });
    expect(snapshot(root)).toEqual(before);
  });

  test('but what Terraform ignores, and blocks that stay by themselves, are left alone', async () => {
    const root = makeTree({
      'stacks/forgejo/.#main.tf': 'resource "kubernetes_service" "forgejo" {',
      'stacks/forgejo/main.tf~': 'resource "kubernetes_service" "forgejo" {',
      'stacks/forgejo/#main.tf#': 'resource "kubernetes_service" "forgejo" {',
      'stacks/forgejo/keep.tf':
        'removed {\n  from = kubernetes_secret.keepme\n  lifecycle {\n    destroy = false\n  }\n}\n',
    });
    (await prepareDelivery(root, [forgejo])).write();
    expect(read(root, 'stacks/forgejo/keep.tf')).toContain('keepme');
    expect(read(root, 'stacks/forgejo/.#main.tf')).toContain('kubernetes_service');
  });

  test('no folder at all', async () => {
    expect(await faultsOf('/no/such/tree')).toEqual([
      '--into: no such folder, got "/no/such/tree"; name the root of the infrastructure tree',
    ]);
  });

  test('a folder without a root terragrunt.hcl', async () => {
    const root = makeTree({ 'terragrunt.hcl': null });
    expect(await faultsOf(root)).toEqual([expect.stringContaining('not a Terragrunt tree')]);
  });

  test('a tree that is no git work tree', async () => {
    const root = makeTree();
    rmSync(join(root, '.git'), { recursive: true });
    expect(await faultsOf(root)).toEqual([
      expect.stringContaining('not a git work tree, got "fatal: not a git'),
    ]);
  });

  test('a repository without a commit', async () => {
    const root = makeTree();
    rmSync(join(root, '.git'), { recursive: true });
    git(root, 'init', '--quiet');
    expect(await faultsOf(root)).toEqual([expect.stringContaining('has no commit yet')]);
  });

  test('a tree inside cdktf.out', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'delivery-'));
    mkdirSync(join(parent, 'cdktf.out/stacks'), { recursive: true });
    expect(await faultsOf(join(parent, 'cdktf.out'))).toEqual([
      expect.stringContaining('lies inside "cdktf.out"'),
    ]);
    rmSync(parent, { recursive: true });
  });

  test.each([
    ['a file that the delivery edits', 'stacks/wealthfolio/main.tf', '# mine\n'],
    ['a file of another stack', 'stacks/vault/main.tf', '# mine\n'],
    ['an untracked file', 'notes.txt', 'mine\n'],
  ])('uncommitted work in %s', async (_what, path, text) => {
    const root = makeTree();
    put(root, path, text);
    const before = snapshot(root);
    expect(await faultsOf(root, wealthfolio)).toEqual([
      `${root}: the git tree has uncommitted changes, got "${path}"; commit or stash them, so that the delivery is a diff of its own`,
    ]);
    expect(snapshot(root)).toEqual(before);
  });

  test('an uncommitted file cut short is named with the place where it ends', async () => {
    const root = makeTree();
    put(root, 'stacks/forgejo/main.tf', cut('stacks/forgejo/main.tf'));
    expect(await faultsOf(root)).toEqual([
      expect.stringContaining('stacks/forgejo/main.tf:39:44: HCL does not parse'),
      expect.stringContaining('got "stacks/forgejo/main.tf"; commit or stash'),
    ]);
  });

  test('a generated file that was edited by hand or cut short', async () => {
    const root = makeTree();
    (await prepareDelivery(root, wealthfolio)).write();
    commit(root, 'deliver');
    const path = 'stacks/wealthfolio/images.tf.json';
    const whole = read(root, path);
    for (const text of [whole.replace('latest', 'v9'), whole.slice(0, whole.length / 2)]) {
      put(root, path, text);
      expect(await faultsOf(root, wealthfolio)).toEqual([
        expect.stringContaining(`${path}: the generated file was edited by hand or cut short`),
      ]);
      expect(read(root, path)).toBe(text);
    }
  });

  test.each([
    ['a stack folder', 'stacks/wealthfolio'],
    ['a file', 'stacks/wealthfolio/main.tf'],
  ])('%s that is a symbolic link out of the tree', async (_what, path) => {
    const outside = mkdtempSync(join(tmpdir(), 'delivery-'));
    const root = makeTree();
    const target = join(outside, 'target');
    git(root, 'mv', path, 'aside');
    if (path.endsWith('.tf')) writeFileSync(target, read(root, 'aside'));
    else {
      mkdirSync(target);
      writeFileSync(join(target, 'main.tf'), read(root, 'aside/main.tf'));
    }
    symlinkSync(target, join(root, path));
    commit(root, 'a link');
    const before = snapshot(outside);
    expect(await faultsOf(root, wealthfolio)).toEqual([
      expect.stringMatching(new RegExp(`^${path}.*: is a symbolic link that leaves the tree, got "`, 'u')),
    ]);
    expect(snapshot(outside)).toEqual(before);
    rmSync(outside, { recursive: true });
  });

  test.each([
    [
      'a file that is a link within the tree',
      'stacks/wealthfolio/main.tf',
      'is a symbolic link, and writing',
    ],
    ['a folder that is a link within the tree', 'stacks/wealthfolio', 'is reached through a symbolic link'],
  ])('%s', async (_what, path, fault) => {
    const root = makeTree();
    git(root, 'mv', path, 'aside');
    symlinkSync(join(root, 'aside'), join(root, path));
    commit(root, 'a link');
    expect(await faultsOf(root, wealthfolio)).toEqual([expect.stringContaining(fault)]);
  });

  test.each([
    ['folder', 'stacks/wealthfolio', 0o555],
    ['file', 'stacks/wealthfolio/main.tf', 0o444],
  ])('a read-only %s, for root too', async (_what, path, mode) => {
    const root = makeTree();
    chmodSync(join(root, path), mode);
    expect(await faultsOf(root, wealthfolio)).toEqual([expect.stringContaining(`${path}: `)]);
    chmodSync(join(root, path), 0o755);
  });

  test('text that is not UTF-8', async () => {
    const root = makeTree();
    writeFileSync(join(root, 'stacks/wealthfolio/main.tf'), Buffer.from([0x23, 0xff, 0x0a]));
    commit(root, 'latin1');
    expect(await faultsOf(root, wealthfolio)).toEqual([
      expect.stringContaining('main.tf: is not UTF-8 text'),
    ]);
  });

  test('every fault of every stack is told at once', async () => {
    const root = makeTree({
      'stacks/forgejo/cleanup.tf': cut('stacks/forgejo/cleanup.tf'),
      'stacks/wealthfolio/main.tf': 'locals {}\n',
      'stacks/kyverno/modules/kyverno/cdk.tf.json': '{}\n',
    });
    put(root, 'notes.txt', 'mine\n');
    const faults = await faultsOf(root);
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'stacks/forgejo/cleanup.tf',
      'stacks/kyverno/modules/kyverno/cdk.tf.json',
      'stacks/wealthfolio',
      root,
    ]);
  });
});
