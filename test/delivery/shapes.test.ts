import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { planDelivery } from '../../delivery/plan';
import type { Tree } from '../../delivery/tree';
import { hclParser, type ParseHcl } from '../../hcl/read';
import { app, image } from './deliverables';
import { memoryTree } from './memory-tree';
import { terraformProgram } from '../support/terraform';
import { hclShapes } from './shapes';

jest.setTimeout(60_000);
let parse: ParseHcl;
beforeAll(async () => {
  parse = await hclParser();
});

const deliverable = app('x', [image('app'), image('side', 'v4', ['acme/side'])]);

/** A tree whose stack spells both images in the plainest way, and the shape beside them. */
function treeOf(before: string | Readonly<Record<string, string>>): Tree {
  return memoryTree({
    'terragrunt.hcl': '',
    'stacks/x/terragrunt.hcl': '',
    'stacks/x/base.tf':
      'locals {\n  base_app  = "registry.viktorbarzin.me/app:${var.t}"\n  base_side = "acme/side:v4"\n}\n',
    ...(typeof before === 'string' ? { 'stacks/x/main.tf': before } : before),
  });
}

describe('an image in HCL', () => {
  test.each(hclShapes.map((shape) => [`${shape.kind}: ${shape.what}`, shape] as const))(
    '%s',
    async (_what, { before, after, refused }) => {
      const plan = await planDelivery(treeOf(before), [deliverable], parse);
      expect(plan.faults.map((fault) => posix.normalize(fault).slice(0, 90))).toEqual(
        (refused ?? []).map((fault): unknown =>
          expect.stringMatching(
            new RegExp(`^${posix.join('stacks/x', fault).replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&')}`, 'u'),
          ),
        ),
      );
      if (after === undefined) return;
      const changes = plan.stacks.flatMap((stack) => stack.changes);
      const main = changes.find(({ path }) => path === 'stacks/x/main.tf');
      expect(main?.after ?? before).toBe(after);
    },
  );

  test.each([
    ['that double each other', (at: number) => `"\${local.t${at}}\${local.t${at}}"`],
    ['in which every letter becomes the whole', (at: number) => `replace(local.t${at}, "a", local.t${at})`],
    ['that are joined with themselves', (at: number) => `join(local.t${at}, [local.t${at}, local.t${at}])`],
  ])('whose tag is of locals %s is read to its end', async (_what, grown) => {
    const locals = Array.from({ length: 60 }, (_, at) => `  t${at + 1} = ${grown(at)}\n`).join('');
    const pod = (image: string): string => `resource "kubernetes_pod" "p" {\n  image = ${image}\n}\n`;
    const plan = await planDelivery(
      treeOf(`locals {\n  t0 = "aaaa"\n${locals}}\n${pod('"ghcr.io/a/b:${local.t60}"')}`),
      [deliverable],
      parse,
    );
    expect(plan.faults).toEqual([]);
  });

  test('is tried in many shapes', () => {
    expect(hclShapes.length).toBeGreaterThanOrEqual(120);
  });
});

const program = terraformProgram();
const withTerraform = program === undefined ? describe.skip : describe;

withTerraform('what Terraform says of the texts that move an image', () => {
  const root = mkdtempSync(join(tmpdir(), 'shapes-'));
  afterAll(() => {
    rmSync(root, { recursive: true });
  });
  const terraform = (folder: string, ...args: readonly string[]): string => {
    const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
    const options = { cwd: folder, encoding: 'utf8', env, maxBuffer: 2 ** 26 } as const;
    const { status, stdout, stderr } = spawnSync(program ?? '', args, options);
    if (status !== 0) throw new Error(stderr);
    return stdout;
  };
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  const moved = hclShapes.flatMap(({ kind, what, before, after }) =>
    typeof before === 'string' && after !== undefined && after !== before
      ? [{ kind, what, before, after }]
      : [],
  );

  test('each is read, and is formatted where it was before', () => {
    const side = (which: 'before' | 'after'): string[] => {
      moved.forEach((shape, index) => {
        put(join(root, which, `${index}.tf`), shape[which]);
      });
      return terraform(join(root, which), 'fmt', '-write=false').trim().split('\n');
    };
    const before = side('before');
    expect(side('after').filter((name) => !before.includes(name))).toEqual([]);
  });

  test('each gives the value that it gave, with the image under its one name', () => {
    const values = moved.filter(({ before }) => before.startsWith('locals {\n  a = '));
    expect(values.length).toBeGreaterThan(50);
    const given: Readonly<Record<string, string>> = { x: 'true', l: '["p", ""]', i: 'null' };
    const names = [...new Set(values.flatMap(({ before }) => before.match(/(?<=var\.)\w+/gu) ?? []))];
    const surroundings = [
      ...names.map((name) => `variable "${name}" {\n  default = ${given[name] ?? '"z"'}\n}\n`),
      'locals {\n  side_image = "acme/side:v4"\n  app_repository = "registry.viktorbarzin.me/app"\n}\n',
      'output "a" {\n  value = local.a\n}\n',
    ];
    const folder = join(root, 'values');
    for (const [index, shape] of values.entries())
      for (const which of ['before', 'after'] as const) {
        put(join(folder, `${which}${index}`, 'main.tf'), shape[which]);
        put(join(folder, `${which}${index}`, 'more.tf'), surroundings.join(''));
      }
    const modules = values.flatMap((_, index) => [`before${index}`, `after${index}`]);
    put(
      join(folder, 'main.tf'),
      modules
        .map(
          (name) =>
            `module "${name}" {\n  source = "./${name}"\n}\noutput "${name}" {\n  value = module.${name}.a\n}\n`,
        )
        .join(''),
    );
    terraform(folder, 'init', '-input=false');
    terraform(folder, 'apply', '-auto-approve', '-input=false');
    const outputs = JSON.parse(terraform(folder, 'output', '-json')) as Record<
      string,
      { readonly value: unknown }
    >;
    const oneName = (name: string): string =>
      JSON.stringify(outputs[name]?.value).replaceAll(
        /(?:(?:(?:index|registry-1)\.)?docker\.io\/)?(?:registry\.viktorbarzin\.me\.?(?::443|:5050)?|10\.0\.20\.10:5050|forgejo\.viktorbarzin\.me\/viktor|acme)\/(app|side)/giu,
        'host/$1',
      );
    values.forEach(({ what }, index) => {
      expect([what, oneName(`after${index}`)]).toEqual([what, oneName(`before${index}`)]);
    });
  });
});
