import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openCheckout } from '../../apply/checkout';
import { contentOf } from '../../apply/content';
import { commit, git, put } from '../delivery/fixture';

describe('the content of a stack', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'content-'));
    const files = {
      'terragrunt.hcl': 'locals {}\n',
      'config.tfvars': 'a = 1\n',
      'README.md': 'words\n',
      'stacks/a/main.tf': 'module "m" {\n  source = "../../modules/outer//inner"\n}\n',
      'stacks/a/terragrunt.hcl': 'dependency "o" {\n  config_path = "../other"\n}\n',
      'stacks/other/main.tf': 'locals {}\n',
      'stacks/other/files/shared.txt': 'x\n',
      'modules/outer/inner/main.tf': 'module "n" {\n  source = "../nested"\n}\n',
      'modules/outer/nested/main.tf': 'locals {\n  t = file("${path.module}/../texts/a.txt")\n}\n',
      'modules/outer/texts/a.txt': 'x\n',
      'stacks/a/inputs.hcl': 'locals {\n  more = ["${get_terragrunt_dir()}/../../shared/more.tfvars"]\n}\n',
      'shared/more.tfvars': 'x = 1\n',
      'modules/unused/main.tf': 'locals {}\n',
      'secrets/tls.crt': 'x\n',
      'modules/two words/main.tf': 'locals {}\n',
      'stacks/between.hcl': 'locals {}\n',
      'common.yaml': 'a: 1\n',
    };
    for (const [path, text] of Object.entries(files)) put(root, path, text);
    symlinkSync('../../secrets', join(root, 'stacks/a/secrets'));
    git(root, 'init', '--quiet');
    commit(root, 'all');
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });
  const hash = (stack = 'a'): string => contentOf(openCheckout(root), stack).hash;
  const changes = (path: string, text = 'other\n'): boolean => {
    const before = hash();
    put(root, path, text);
    commit(root, 'change');
    return hash() !== before;
  };

  test.each([
    'stacks/a/main.tf',
    'stacks/a/new.tf',
    'terragrunt.hcl',
    'config.tfvars',
    'modules/outer/inner/main.tf',
    'modules/outer/nested/main.tf',
    'modules/outer/texts/a.txt',
    'shared/more.tfvars',
    'secrets/tls.crt',
  ])('is another when %s is', (path) => {
    expect(changes(path)).toBe(true);
  });

  test.each(['README.md', 'stacks/other/main.tf', 'modules/unused/main.tf'])(
    'is the same when %s is another',
    (path) => {
      expect(changes(path)).toBe(false);
    },
  );

  test.each([
    ['a file of another stack', 'x = file("../other/files/shared.txt")', 'stacks/other/files/shared.txt'],
    ['JSON', undefined, 'modules/unused/main.tf'],
    ['the root', 'source = "${get_repo_root()}/modules//unused"', 'modules/unused/main.tf'],
    ['a name of two words', 'source = "../../modules/two words"', 'modules/two words/main.tf'],
    [
      'a format',
      'x = file(format("%s/../../modules/unused/main.tf", path.module))',
      'modules/unused/main.tf',
    ],
    [
      'a folder above',
      'x = read_terragrunt_config(find_in_parent_folders("between.hcl"))',
      'stacks/between.hcl',
    ],
    ['data above', 'x = yamldecode(file(find_in_parent_folders("common.yaml")))', 'common.yaml'],
    ['an expression that nobody here evaluates', 'source = "${local.base}/x"', 'modules/unused/main.tf'],
  ])('follows what leads to it by %s', (_, text, path) => {
    if (text === undefined)
      put(root, 'stacks/a/cdk.tf.json', '{"module":{"u":{"source":"../../modules/unused"}}}');
    else put(root, 'stacks/a/more.tf', `${text}\n`);
    commit(root, 'more');
    expect(changes(path)).toBe(true);
  });

  test('is that of what a folder holds and not of its name, nor of when it was committed', () => {
    const before = hash();
    git(root, 'mv', 'stacks/a', 'stacks/renamed');
    commit(root, 'renamed');
    expect(hash('renamed')).toBe(before);
  });
});
