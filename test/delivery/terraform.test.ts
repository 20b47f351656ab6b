import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { literal } from '../../constructs/literal';
import type { SharedStack, WholeStack } from '../../delivery/deliverable';
import { prepareDelivery } from '../../delivery/deliver';
import { app, everything, image } from './deliverables';
import { missingProviders, terraformProgram } from '../support/terraform';
import { commit, git, makeTree, put, read, removeTrees } from './fixture';

jest.setTimeout(120_000);
afterAll(removeTrees);

const program = terraformProgram();
const withTerraform = program === undefined ? describe.skip : describe;

function terraform(root: string, folder: string, ...args: readonly string[]): string {
  const answer = spawnSync(program ?? '', [...args, '-no-color'], {
    cwd: join(root, folder),
    encoding: 'utf8',
    env: { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_CONFIG_FILE: '/dev/null' },
  });
  if (answer.status !== 0) throw new Error(`${args.join(' ')}: ${answer.stdout}${answer.stderr}`);
  return answer.stdout;
}

const planned = (root: string, folder: string): string => {
  terraform(root, folder, 'init', '-input=false');
  return terraform(root, folder, 'plan', '-input=false');
};

/** A tree of built-in resources, so that no provider is fetched: its plans and applies are real ones. */
function makeBuiltInTree(): string {
  const root = mkdtempSync(join(tmpdir(), 'delivery-'));
  const files = {
    'terragrunt.hcl': 'locals {}\n',
    '.gitignore': '.terraform*\n*.tfstate*\n',
    'modules/wrapped/main.tf': [
      'variable "size" {}',
      'resource "terraform_data" "inner" { input = var.size }',
      'resource "terraform_data" "perhaps" {',
      '  count = var.size == null ? 0 : 1',
      '  input = var.size',
      '}',
    ].join('\n'),
    'stacks/whole/terragrunt.hcl': '\n',
    'stacks/whole/main.tf': [
      'resource "terraform_data" "volume" { input = "precious" }',
      'module "wrapped" {',
      '  source = "../../modules/wrapped"',
      '  size   = 5',
      '}',
    ].join('\n'),
    'stacks/shared/terragrunt.hcl': '\n',
    'stacks/shared/main.tf': 'module "shared" {\n  source = "./modules/shared"\n}\n',
    'stacks/shared/modules/shared/main.tf': [
      'resource "terraform_data" "theirs" { input = terraform_data.ours.id }',
      '# ours',
      'resource "terraform_data" "ours" { input = "kept" }',
      '',
    ].join('\n'),
    'stacks/app/terragrunt.hcl': '\n',
    'stacks/app/main.tf': [
      'variable "image_tag" { default = "4f70681d" }',
      'locals {',
      '  image = "forgejo.viktorbarzin.me/viktor/app:${var.image_tag}"',
      '}',
      'resource "terraform_data" "app" { input = [local.image, "forgejo.viktorbarzin.me/viktor/side:v4"] }',
      '',
    ].join('\n'),
  };
  for (const [path, text] of Object.entries(files)) put(root, path, text);
  git(root, 'init', '--quiet');
  commit(root, 'the tree');
  return root;
}

const odd = 'sh: ${HOME} %{http_code} "quoted" \\ back\n\ttab ü 漢 $${x} %%{y} $ % {';

const whole: WholeStack = {
  kind: 'whole',
  stack: 'whole',
  json: {
    terraform: { backend: { pg: {} }, required_providers: {} },
    resource: {
      terraform_data: { volume: { input: 'precious' }, inner: { input: 5 }, perhaps: { input: 5 } },
    },
    moved: [
      { from: 'module.wrapped.terraform_data.inner', to: 'terraform_data.inner' },
      { from: 'module.wrapped.terraform_data.perhaps[0]', to: 'terraform_data.perhaps' },
    ],
  },
};
const shared: SharedStack = {
  kind: 'shared',
  stack: 'shared',
  modulePath: 'stacks/shared/modules/shared',
  json: { resource: { terraform_data: { ours: { input: 'kept' } } } },
};

withTerraform('a delivery before the eyes of Terraform itself', () => {
  const roots: string[] = [];
  afterAll(() => {
    for (const root of roots) rmSync(root, { recursive: true });
  });
  const applied = (folder: string): string => {
    const root = makeBuiltInTree();
    roots.push(root);
    terraform(root, folder, 'init', '-input=false');
    terraform(root, folder, 'apply', '-input=false', '-auto-approve');
    return root;
  };

  test('a whole stack takes its resources out of modules and destroys, replaces and adds nothing', async () => {
    const root = applied('stacks/whole');
    (await prepareDelivery(root, [whole])).write();
    const plan = planned(root, 'stacks/whole');
    expect(plan).toContain('module.wrapped.terraform_data.perhaps[0] has moved to terraform_data.perhaps');
    expect(plan).toContain('Plan: 0 to add, 0 to change, 0 to destroy.');
    terraform(root, 'stacks/whole', 'apply', '-input=false', '-auto-approve');
    expect(terraform(root, 'stacks/whole', 'plan', '-input=false')).toContain('No changes.');
  });

  test('the control: without its moved blocks the same stack is refused by us, and Terraform would destroy two', async () => {
    const root = applied('stacks/whole');
    const { moved, ...json } = whole.json;
    expect(moved).toBeDefined();
    await expect(prepareDelivery(root, [{ ...whole, json }])).rejects.toThrow(
      'stacks/whole/main.tf:2: "module.wrapped" is not in the generated stack',
    );
    writeFileSync(join(root, 'stacks/whole/main.tf'), '');
    writeFileSync(join(root, 'stacks/whole/cdk.tf.json'), JSON.stringify({ resource: json['resource'] }));
    expect(planned(root, 'stacks/whole')).toContain('Plan: 2 to add, 0 to change, 2 to destroy.');
  });

  test('a shared stack keeps its addresses, and what refers to them, and changes nothing', async () => {
    const root = applied('stacks/shared');
    (await prepareDelivery(root, [shared])).write();
    expect(read(root, 'stacks/shared/modules/shared/main.tf')).toBe(
      'resource "terraform_data" "theirs" { input = terraform_data.ours.id }\n',
    );
    expect(planned(root, 'stacks/shared')).toContain('No changes.');
  });

  test('killed between the generated file and the edit, Terraform refuses the address declared twice and destroys nothing', async () => {
    const root = applied('stacks/shared');
    const { changes } = await prepareDelivery(root, [shared]);
    const [first] = changes;
    expect(first?.kind).toBe('write');
    put(root, first?.path ?? '', first?.after ?? '');
    expect(() => planned(root, 'stacks/shared')).toThrow('Duplicate resource "terraform_data" configuration');
    (await prepareDelivery(root, [shared])).write();
    expect(planned(root, 'stacks/shared')).toContain('No changes.');
  });

  test('image references become locals and the plan is empty, image_tag still chosen from outside', async () => {
    const root = applied('stacks/app');
    (await prepareDelivery(root, [app('app', [image('app'), image('side', 'v4')])])).write();
    expect(read(root, 'stacks/app/main.tf')).toContain('image = "${local.app_repository}:${var.image_tag}"');
    expect(read(root, 'stacks/app/main.tf')).toContain('input = [local.image, local.side_image]');
    expect(planned(root, 'stacks/app')).toContain('No changes.');
    expect(terraform(root, 'stacks/app', 'plan', '-input=false', '-var', 'image_tag=next')).toContain(
      '"forgejo.viktorbarzin.me/viktor/app:next"',
    );
  });

  test('escaped text with ${, %{, quotes and other alphabets arrives in the state as it was', async () => {
    const root = makeBuiltInTree();
    roots.push(root);
    const json = { ...shared.json, resource: { terraform_data: { ours: { input: literal(odd) } } } };
    (await prepareDelivery(root, [{ ...shared, json }])).write();
    terraform(root, 'stacks/shared', 'init', '-input=false');
    terraform(root, 'stacks/shared', 'apply', '-input=false', '-auto-approve');
    const state = JSON.parse(read(root, 'stacks/shared/terraform.tfstate')) as {
      resources: { name: string; instances: { attributes: { input: { value: string } } }[] }[];
    };
    const ours = state.resources.find(({ name }) => name === 'ours');
    expect(ours?.instances[0]?.attributes.input.value).toBe(odd);
  });

  test('everything delivered, beside what Terragrunt generates, parses and declares nothing twice', async () => {
    const root = makeTree();
    const noProviders = join(root, '.no-providers.tfrc');
    const stacks = [...new Set(everything.map(({ stack }) => stack))];
    (await prepareDelivery(root, everything)).write();
    const generate = /path\s+= "([a-z_]+\.tf)"\n[^{}<]*<<EOF\n(.*?)\nEOF/gsu;
    const generated = [...read(root, 'terragrunt.hcl').matchAll(generate)];
    expect(generated.map(([, name]) => name)).toEqual(['providers.tf', 'cloudflare_provider.tf', 'tiers.tf']);
    put(
      root,
      '.no-providers.tfrc',
      'provider_installation {\n  filesystem_mirror {\n    path = "/nowhere"\n  }\n}\n',
    );
    for (const stack of stacks) {
      for (const [, name = '', text = ''] of generated) put(root, `stacks/${stack}/${name}`, text);
      const answer = spawnSync(program ?? '', ['init', '-backend=false', '-input=false', '-no-color'], {
        cwd: join(root, 'stacks', stack),
        encoding: 'utf8',
        env: { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: noProviders },
      });
      // Parsed and merged: the missing providers are the next and only complaint.
      expect(answer.stderr).toMatch(missingProviders);
      expect(answer.stderr).not.toContain('Duplicate');
    }
  });
});
