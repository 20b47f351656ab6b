import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { literal } from '../../constructs/literal';
import { terraformProgram } from '../support/terraform';

const awkward = fc.string({
  unit: fc.constantFrom(
    '$',
    '%',
    '{',
    '}',
    '$${',
    '${',
    '%{',
    '%%{',
    '"',
    '\\',
    '\n',
    '\t',
    'a',
    'é',
    '漢',
    '🦊',
    ' ',
  ),
  maxLength: 60,
});

/** What Terraform makes of a template without expressions (measured): one `$` or `%` before each `{` is its escape. */
function unescape(template: string): string {
  return template.replace(/([$%])(\1+)\{/g, '$2{');
}

describe('literal text', () => {
  test('opens no template', () => {
    fc.assert(
      fc.property(awkward, (text) => {
        expect(literal(text)).not.toMatch(/(?<!\$)\$\{|(?<!%)%\{/);
      }),
      { numRuns: 2000 },
    );
  });

  test('without a template is itself', () => {
    fc.assert(
      fc.property(awkward, (text) => {
        fc.pre(!/[$%]\{/.test(text));
        expect(literal(text)).toBe(text);
      }),
    );
  });

  test('is read back as it was written', () => {
    fc.assert(
      fc.property(awkward, (text) => {
        expect(unescape(literal(text))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  const binary = terraformProgram();
  const testWithTerraform = binary === undefined ? test.skip : test;

  testWithTerraform('comes out of Terraform as it went in', () => {
    const folder = mkdtempSync(join(tmpdir(), 'literal-'));
    try {
      const texts = [
        ...fc.sample(awkward, { numRuns: 200, seed: 20261122 }),
        'curl -w \'%{http_code}\' "${HOME}"\n',
        '$${already} %%{escaped} $$${three} \\${backslash}',
      ];
      const resource = Object.fromEntries(
        texts.map((text, index) => [`t${index}`, { input: literal(text) }]),
      );
      writeFileSync(
        join(folder, 'main.tf.json'),
        JSON.stringify({ resource: { terraform_data: resource } }, null, 1),
      );
      const options = {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, CHECKPOINT_DISABLE: '1' },
      } as const;
      for (const args of [['init'], ['apply', '-auto-approve']])
        expect(spawnSync(binary ?? '', [...args, '-no-color'], options).status).toBe(0);
      const state = JSON.parse(readFileSync(join(folder, 'terraform.tfstate'), 'utf8')) as {
        resources: { name: string; instances: { attributes: { input: { value: string } } }[] }[];
      };
      const values = new Map(
        state.resources.map(({ name, instances }) => [name, instances[0]?.attributes.input.value]),
      );
      texts.forEach((text, index) => {
        expect(values.get(`t${index}`)).toBe(text);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
