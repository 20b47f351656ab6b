import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { deliveredBody } from '../../delivery/generated-file';
import { resourcesOf } from '../../delivery/resources';
import { estate } from '../../estate';
import { referencedSecrets } from '../../lab/runs/evaluate-stack';
import { synthesizedAt, type Block, type TerraformJson } from '../support/synthesized';
import { terraformProgram } from '../support/terraform';

jest.setTimeout(300_000);

const program = terraformProgram();
const withTerraform = program === undefined ? describe.skip : describe;
const certificate = { 'secrets/fullchain.pem': 'c', 'secrets/privkey.pem': 'k' };

/** As long as the predecessor's scripts, which the plan shows as they go: in a ConfigMap, and in a command. */
const script = Array.from({ length: 80 }, (_, line) => `echo "line ${line.toString()}"`).join('\n');

/** A copy of the attributes with the value at each path in place of what is there; `null` is none. */
function edited(attributes: Block, edits: Readonly<Record<string, unknown>>): Block {
  const copy = structuredClone(attributes);
  for (const [path, value] of Object.entries(edits)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let inner = copy as Record<string, Record<string, never>>;
    for (const key of keys) inner = inner[key] ?? {};
    (inner as Record<string, unknown>)[last] = value;
  }
  return copy;
}

const job = 'spec.job_template.spec';
const cronJob = (command: readonly string[], env: object): Readonly<Record<string, unknown>> => ({
  [`${job}.backoff_limit`]: 1,
  [`${job}.active_deadline_seconds`]: null,
  [`${job}.template`]: {
    spec: {
      restart_policy: 'OnFailure',
      container: [
        {
          name: 'probe',
          image: 'docker.io/library/alpine:3.20',
          command,
          env: Object.entries(env).map(([name, value]) => ({ name, value: String(value) })),
          resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '96Mi' } },
        },
      ],
    },
  },
});
const probe = cronJob(['/bin/sh', '-c', script], {
  ...{ REG_USER: '', REG_PASS: '', REGISTRY_HOST: 'a', REGISTRY_SCHEME: 'http', REGISTRY_INSTANCE: 'a' },
  ...{ PUSHGATEWAY: 'http://pushgateway', TAGS_PER_REPO: 5 },
});
const pod = 'spec.template.spec';

/** What the existing objects have otherwise than ours, as far as it is known. */
const existing: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'kubernetes_namespace.forgejo': { 'metadata.labels': { 'istio-injection': 'disabled', tier: '3-edge' } },
  'kubernetes_secret.tls_secret': {},
  'kubernetes_persistent_volume_claim.data_encrypted': {
    'metadata.annotations': { 'resize.topolvm.io/threshold': '80%', 'resize.topolvm.io/increase': '50%' },
  },
  'kubernetes_deployment.forgejo': {
    'metadata.annotations': null,
    [`${pod}.automount_service_account_token`]: null,
    [`${pod}.security_context.fs_group_change_policy`]: null,
    [`${pod}.container.0.image`]: 'codeberg.org/forgejo/forgejo:11',
    [`${pod}.container.0.resources`]: { requests: { cpu: '15m', memory: '1Gi' }, limits: { memory: '1Gi' } },
    [`${pod}.container.0.startup_probe`]: null,
    [`${pod}.container.0.readiness_probe`]: null,
    [`${pod}.container.0.liveness_probe`]: null,
  },
  'kubernetes_service.forgejo': {},
  'kubernetes_ingress_v1.forgejo': {},
  'kubernetes_manifest.buffering': {},
  'cloudflare_record.non_proxied_a': {},
  'cloudflare_record.non_proxied_aaaa': {},
  'kubernetes_config_map.forgejo_cleanup_script': {
    data: { 'cleanup.sh': script },
    'metadata.annotations': null,
  },
  'kubernetes_secret.forgejo_cleanup_token': {},
  'kubernetes_cron_job_v1.forgejo_cleanup': cronJob(['/bin/sh', '/scripts/cleanup.sh'], {
    ...{ FORGEJO_TOKEN: '', FORGEJO_HOST: 'http://forgejo', FORGEJO_OWNER: 'viktor' },
    ...{ KEEP_LAST_N: 10, DRY_RUN: true },
  }),
  'kubernetes_secret.forgejo_probe_credentials': {},
  'kubernetes_secret.registry_probe_credentials': {},
  'kubernetes_cron_job_v1.forgejo_integrity_probe': probe,
  'kubernetes_cron_job_v1.registry_integrity_probe': probe,
};

/**
 * What Terraform prints of an adoption, without the providers: each resource becomes a built-in one that holds its
 * attributes. The existing objects are applied first as they are known to be; the rest is new.
 */
withTerraform('the plan of an adoption', () => {
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

  test.each([
    ['forgejo', 'retention.mjs'],
    ['monitoring', 'integrity-probe.mjs'],
  ])('%s shows its configuration and no line of %s, on a few screens', (stack, file) => {
    const found = synthesizedAt('prepare').get(stack);
    if (found === undefined) throw new Error(`no stack "${stack}"`);
    const folder = join(root, stack);
    const body = deliveredBody({ ...found.json }, found.stack.cdktfFormOnly) as TerraformJson;
    for (const [path, text] of Object.entries({ ...found.files, ...certificate })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const variables = { cloudflare_zone_id: 'z', public_ip: '192.0.2.1', public_ipv6: '::1' };
    writeFileSync(
      join(folder, 'terraform.tfvars.json'),
      JSON.stringify({ ...estate.stacks.variables, ...variables }),
    );
    // As the provider marks what it reads.
    const vault = Object.entries(referencedSecrets(body)).map(([name, data]) => [
      name,
      { data: `\${sensitive(${JSON.stringify(data)})}` },
    ]);
    const write = (
      edit: (address: string, attributes: Block) => Block | undefined,
      values: readonly string[],
    ): void => {
      const resources = resourcesOf({ ...body }).flatMap(([address, block]) => {
        const { lifecycle: _, depends_on: __, ...attributes } = block as Block;
        const left = edit(address, attributes);
        return left === undefined ? [] : [[address.replace('.', '-'), { triggers_replace: left }]];
      });
      const release = stack === 'monitoring' ? { release: { triggers_replace: { values } } } : {};
      const json = {
        variable: body.variable,
        locals: { vault: Object.fromEntries(vault) as object, ...body.locals },
        resource: { terraform_data: { ...(Object.fromEntries(resources) as object), ...release } },
      };
      const text = JSON.stringify(json).replaceAll('data.vault_kv_secret_v2.', 'local.vault.');
      writeFileSync(join(folder, 'main.tf.json'), text);
    };
    // The tree's own values are sensitive, because the passwords in them are.
    const own = '${sensitive("server: {}")}';
    write(
      (address, attributes) => {
        const edits = existing[address];
        return edits === undefined ? undefined : edited(attributes, edits);
      },
      [own],
    );
    terraform(folder, 'init');
    terraform(folder, 'apply', '-auto-approve');
    write((_, attributes) => attributes, [own, '${local.registry_prometheus_values}']);

    const plan = terraform(folder, 'plan');
    const lines = plan.split('\n').filter((line) => !/Refreshing state|echo "line \d+"/u.test(line));
    console.log(`adoption of ${stack}: ${lines.length.toString()} lines of plan beside the scripts that go`);
    // 2,873 and 5,287 before the programs were files.
    expect(lines.length).toBeLessThan(650);
    expect(plan).toMatch(new RegExp(`"${file}" += \\(sensitive value\\)`, 'u'));
    expect(plan).toMatch(/"registry-consolidation\/program-sha256" += "[0-9a-f]{64}"/u);
    expect(plan).toMatch(/\+ pushgatewayUrl +=/u);
    expect(plan).not.toContain('function ');
  });
});
