import { describe, expect, test } from '@jest/globals';
import { terraformSaid } from '../../delivery/terraform-said';

const plan = `  # terraform_data.x will be created\n${'      + input = "x"\n'.repeat(500)}`;

const error = [
  'Error: Resource postcondition failed',
  '  on cdk.tf.json line 16, in data.vault_kv_secret_v2.forgejo_viktor.lifecycle.postcondition[0]:',
  'Vault secret/viktor has no value at key "forgejo_cleanup_token". Create it as',
  'docs/runbooks/forgejo-registry-setup.md says, then plan again.',
];
const terragrunt = [
  '00:37:33.785 ERROR  error occurred:',
  '',
  '* Failed to execute "/usr/local/bin/terraform plan" in .',
  '  ',
  ...error.map((line) => `  ${line}`),
  '  exit status 1',
];
const warning =
  '00:37:21.957 WARN   Using `terragrunt.hcl` as the root of Terragrunt configurations is an anti-pattern';

describe('what Terraform says of its failure', () => {
  test.each<[string, readonly string[]]>([
    ['by itself', ['╷', ...error.flatMap((line) => [`│ ${line}`, '│ ']), '╵']],
    ['without a frame', error],
    ['through Terragrunt', [warning, '', ...error, ...terragrunt]],
    [
      "through Terragrunt's log",
      [warning, ...error.map((line) => `00:37:19.878 STDERR terraform: │ ${line}`), ...terragrunt],
    ],
    [
      "through Terragrunt's log of its own init",
      [warning, ...error.map((line) => `00:56:06.467 ERROR  terraform: ${line}`), ...terragrunt],
    ],
    [
      'through the log of several units',
      [
        warning,
        ...error.map((line) => `00:37:19.878 STDERR [stacks/forgejo] terraform: ${line}`),
        ...terragrunt,
      ],
    ],
  ])('is its errors, whatever it printed of the plan before: %s', (_, lines) => {
    expect(terraformSaid({ code: 1, stdout: plan, stderr: lines.join('\n') })).toEqual(error);
  });

  test('is the last of what was said, where that is no error of its own', () => {
    expect(
      terraformSaid({ code: 127, stdout: plan, stderr: 'scripts/tg: line 9: terragrunt: not found\n' }),
    ).toEqual(['scripts/tg: line 9: terragrunt: not found']);
    const dependency = ['10:20:30.123 ERROR  error occurred:', '* Could not find dependency outputs'];
    expect(terraformSaid({ code: 1, stdout: plan, stderr: [warning, '', ...dependency].join('\n') })).toEqual(
      dependency,
    );
    expect(terraformSaid({ code: 1, stdout: 'no state\n', stderr: '' })).toEqual(['no state']);
    expect(terraformSaid({ code: 1, stdout: '', stderr: '' })).toEqual(['exit code 1']);
  });

  test('is on the other stream where a wrapper put it there', () => {
    const stdout = `${plan}${error.join('\n')}`;
    expect(terraformSaid({ code: 1, stdout, stderr: warning })).toEqual(error);
  });

  test('is never the JSON of a plan, nor longer than a person reads', () => {
    const stdout = '{"format_version":"1.2","variables":{"password":{"value":"hunter2"}}}';
    expect(terraformSaid({ code: 1, stdout, stderr: '' })).toEqual(['exit code 1']);
    expect(terraformSaid({ code: 1, stdout: '', stderr: 'x'.repeat(9000) })[0]).toHaveLength(500);
    const many = terraformSaid({ code: 1, stdout: '', stderr: `Error: no\n${'why\n'.repeat(900)}` });
    expect(many).toHaveLength(60);
  });
});
