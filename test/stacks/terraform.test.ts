import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { estate } from '../../estate';
import { synthesize } from '../../stacks/synthesize';
import { missingProviders, terraformProgram } from '../support/terraform';

jest.setTimeout(120_000);

const program = terraformProgram();
const withTerraform = program === undefined ? describe.skip : describe;
const names = [
  ...['forgejo', 'kyverno', 'monitoring', 'infra', 'vault', 'woodpecker'],
  ...estate.apps.map(({ stack }) => stack),
];

withTerraform('Terraform', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'terraform-'));
  beforeAll(() => {
    synthesize(estate, outdir);
  });
  afterAll(() => {
    rmSync(outdir, { recursive: true });
  });

  function terraform(stack: string, ...args: string[]): { status: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync(program ?? '', [...args, '-no-color'], {
      cwd: join(outdir, 'stacks', stack),
      encoding: 'utf8',
      env: { ...process.env, CHECKPOINT_DISABLE: '1' },
    });
    return { status, output: stdout + stderr };
  }

  test('is given every stack', () => {
    expect(readdirSync(join(outdir, 'stacks')).sort()).toEqual([...names].sort());
  });

  test.each(names)('accepts %s', (stack) => {
    const init = terraform(stack, 'init', '-backend=false', '-input=false');
    const errors = init.output.match(/^(?:│ )?Error: .*$/gm) ?? [];
    // The configuration is read and merged before providers are sought: any other error is ours.
    expect(errors.filter((error) => !missingProviders.test(error))).toEqual([]);
    if (errors.length > 0) {
      console.warn(`skipped: validate and plan of ${stack}, because its providers can not be installed here`);
      return;
    }
    expect(terraform(stack, 'validate')).toMatchObject({ status: 0 });
  });

  test('refuses to plan a shared stack that Terragrunt applies, and says what to do', () => {
    const stack = 'wealthfolio';
    writeFileSync(
      join(outdir, 'stacks', stack, 'local_override.tf.json'),
      JSON.stringify({ terraform: { backend: { local: {} } } }),
    );
    expect(terraform(stack, 'init', '-input=false', '-reconfigure')).toMatchObject({ status: 0 });
    const { status, output } = terraform(stack, 'plan', '-input=false');
    expect(status).not.toBe(0);
    expect(output.replace(/\s+/g, ' ')).toContain('Run ./registry deliver --into <tree> and apply there');
  });
});
