import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { phases } from '../../estate/phases';
import { leavesOf } from '../support/leaves';
import { synthesizedAt, type TerraformJson } from '../support/synthesized';

const golden = join(__dirname, '../golden');
/** Where a value of Vault may stand: what Terraform hides from a plan, or does not keep. */
const allowed = [
  /^resource\/kubernetes_secret(?:_v1)?\/\w+\/data\//,
  /^provider\/cloudflare\/0\/(?:api_key|email)$/,
  // cloud-config of machines, which is sensitive where it is read.
  /^locals\/\w+_cloud_config$/,
];

/** Places that hold a value of Vault, by what they refer to, locals included. */
function placesOf(json: TerraformJson): readonly string[] {
  const { data: _read, ...rest } = json;
  const leaves = leavesOf(rest).map(({ path, value }) => ({ path, text: String(value) }));
  const secret = (text: string): boolean => /data\.vault_kv_secret_v2\.\w+\.data\b/.test(text);
  const locals = leaves.filter(({ path, text }) => path.startsWith('locals/') && secret(text));
  const names = locals.map(({ path }) => path.replace('locals/', 'local.'));
  return leaves
    .filter(({ text }) => secret(text) || names.some((name) => new RegExp(`\\b${name}\\b`).test(text)))
    .map(({ path }) => path);
}

describe.each(phases)('in phase %s', (phase) => {
  test('values of Vault stand in Secrets and in what is hidden, and nowhere else', () => {
    const places = [...synthesizedAt(phase)].flatMap(([stack, { json }]) =>
      placesOf(json).map((path) => ({ stack, path })),
    );
    expect(places.length).toBeGreaterThan(5);
    expect(places.filter(({ path }) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
  });

  test('none of the files beside a stack holds one', () => {
    const texts = [...synthesizedAt(phase).values()].flatMap(({ files = {} }) => Object.values(files));
    expect(texts.filter((text) => text.includes('vault_kv_secret'))).toEqual([]);
  });
});

test('no golden holds what has the form of a secret', () => {
  // An action of GitHub's is pinned by the commit behind its @.
  const forms =
    /\b(?:hv[sb]\.[\w-]{20,}|dckr_pat_\w+|gh[pousr]_\w{20,}|github_pat_\w+|glpat-\w+|(?<!@)[0-9a-f]{40})\b|PRIVATE KEY-----|\$2[aby]\$\d\d\$|\$6\$|"auth":"[\w+/=]{8,}"|_authToken/;
  const found = readdirSync(golden, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => forms.test(readFileSync(file, 'utf8')));
  expect(found).toEqual([]);
  expect(forms.test(`token: ${'0f'.repeat(20)}`)).toBe(true);
});
