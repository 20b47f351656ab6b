import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { deliveredBody } from '../../delivery/generated-file';
import { estate } from '../../estate';
import { referencedSecrets } from '../../lab/runs/evaluate-stack';
import { synthesizedAt, type TerraformJson } from '../support/synthesized';
import { terraformProgram } from '../support/terraform';

jest.setTimeout(180_000);

const program = terraformProgram();
const withTerraform = program === undefined ? describe.skip : describe;

/**
 * What Terraform prints of a stack, without its providers: each resource becomes a built-in one that holds its attributes.
 * Every object is new here, so that all of it is printed; an adoption prints what changes, and the script that goes.
 */
withTerraform('the plan of a delivered stack', () => {
  const root = mkdtempSync(join(tmpdir(), 'plan-length-'));
  afterAll(() => {
    rmSync(root, { recursive: true });
  });

  const terraform = (folder: string, ...args: readonly string[]): string => {
    const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
    const options = { cwd: folder, encoding: 'utf8', env } as const;
    const { status, stdout, stderr } = spawnSync(
      program ?? '',
      [...args, '-input=false', '-no-color'],
      options,
    );
    if (status !== 0) throw new Error(stderr);
    return stdout;
  };

  /** The stack's folder, with built-in resources in the place of its own. */
  function standIn(stack: string): string {
    const {
      json,
      files,
      stack: { cdktfFormOnly },
    } = synthesizedAt('prepare').get(stack) ?? fail(stack);
    const folder = join(root, stack);
    const body = deliveredBody({ ...json }, cdktfFormOnly) as TerraformJson;
    for (const [path, text] of Object.entries({
      ...files,
      'secrets/fullchain.pem': 'c',
      'secrets/privkey.pem': 'k',
    })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const resources = Object.entries(body.resource ?? {}).flatMap(([type, byName]) =>
      Object.entries(byName).map(([name, { lifecycle: _, depends_on: __, ...attributes }]) => [
        `${type}-${name}`,
        { input: attributes },
      ]),
    );
    const vault = Object.entries(referencedSecrets(body)).map(([name, data]) => [
      name,
      // As the provider marks what it reads.
      { data: `\${sensitive(${JSON.stringify(data)})}` },
    ]);
    // What the release gets, as one attribute of it.
    const values = body.locals?.['registry_prometheus_values'];
    const text = JSON.stringify({
      variable: body.variable,
      locals: { vault: Object.fromEntries(vault) as object },
      resource: {
        terraform_data: {
          ...(Object.fromEntries(resources) as object),
          ...(values === undefined ? {} : { release: { input: { values: [values] } } }),
        },
      },
    }).replaceAll('data.vault_kv_secret_v2.', 'local.vault.');
    writeFileSync(join(folder, 'main.tf.json'), text);
    const variables = {
      ...estate.stacks.variables,
      cloudflare_zone_id: 'z',
      public_ip: '192.0.2.1',
      public_ipv6: '::1',
    };
    writeFileSync(join(folder, 'terraform.tfvars.json'), JSON.stringify(variables));
    terraform(folder, 'init');
    return folder;
  }
  const fail = (stack: string): never => {
    throw new Error(`no stack "${stack}"`);
  };

  test.each([
    ['forgejo', 'retention.mjs'],
    ['monitoring', 'integrity-probe.mjs'],
  ])('%s shows its configuration and no line of %s, on a few screens', (stack, file) => {
    const folder = standIn(stack);
    const plan = terraform(folder, 'plan');
    const lines = plan.split('\n');
    console.log(`${stack}: ${lines.length} lines`);
    expect(lines.length).toBeLessThan(500);
    expect(plan).toMatch(new RegExp(`"${file}" += \\(sensitive value\\)`, 'u'));
    expect(plan).toMatch(/"registry-consolidation\/program-sha256" += "[0-9a-f]{64}"/u);
    expect(plan).toMatch(/\+ pushgatewayUrl +=/u);
    expect(plan).not.toContain('function ');
  });
});
