import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { deliveredBody } from '../../delivery/generated-file';
import { resourcesOf } from '../../delivery/resources';
import { estate } from '../../estate';
import { referencedSecrets } from '../support/evaluate-stack';
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
/** As the provider reads a key of a Secret back. */
const secretKeys = (name: string, ...keys: readonly string[]): readonly Block[] =>
  keys.map((key) => ({ name: key, value_from: { secret_key_ref: { name, key, optional: false } } }));
const variables = (values: Readonly<Record<string, string>>): readonly Block[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));
const cronJob = (
  container: Readonly<Record<string, unknown>>,
  more: object = {},
): Readonly<Record<string, unknown>> => ({
  [`${job}.backoff_limit`]: 1,
  [`${job}.active_deadline_seconds`]: null,
  [`${job}.template`]: {
    spec: {
      restart_policy: 'OnFailure',
      ...more,
      container: [
        {
          image: 'docker.io/library/alpine:3.20',
          resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '96Mi' } },
          ...container,
        },
      ],
    },
  },
});
const probe = (
  secretName: string,
  more: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> =>
  cronJob({
    name: 'probe',
    command: ['/bin/sh', '-c', script],
    env: [
      ...secretKeys(secretName, 'REG_USER', 'REG_PASS'),
      ...variables({
        REGISTRY_HOST: 'a',
        ...more,
        REGISTRY_INSTANCE: 'a',
        PUSHGATEWAY: 'a',
        TAGS_PER_REPO: '5',
      }),
    ],
  });
const pod = 'spec.template.spec';

/** What hashicorp/kubernetes 2.38.0 writes into a block that leaves it out. */
const probeDefaults = { failure_threshold: 3, period_seconds: 10, success_threshold: 1, timeout_seconds: 1 };
const defaults: Readonly<Record<string, object>> = {
  startup_probe: probeDefaults,
  readiness_probe: probeDefaults,
  liveness_probe: probeDefaults,
  http_get: { scheme: 'HTTP' },
  path: { path_type: 'ImplementationSpecific' },
  ports: { protocol: 'TCP' },
  volume_mount: { mount_propagation: 'None', read_only: false },
};
function withDefaults(value: unknown, key = ''): unknown {
  // A block that stands once is printed as an object is, without the brackets of a list.
  if (Array.isArray(value)) {
    const items = value.map((item) => withDefaults(item, key));
    return items.length === 1 && typeof items[0] === 'object' ? items[0] : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.entries(value).map(([name, item]) => [name, withDefaults(item, name)] as const);
  return { ...defaults[key], ...Object.fromEntries(inner) };
}

/** Of a new object, what nobody knows before the apply: `timestamp()` is nothing else. */
function withUnknown(attributes: Block): Block {
  const later = '${timestamp()}';
  const metadata = {
    ...(attributes['metadata'] as object),
    generation: later,
    resource_version: later,
    uid: later,
  };
  return { ...attributes, id: later, metadata };
}

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
  'kubernetes_config_map.forgejo_cleanup_script': { data: { 'cleanup.sh': script } },
  'kubernetes_secret.forgejo_cleanup_token': {},
  'kubernetes_cron_job_v1.forgejo_cleanup': cronJob(
    {
      name: 'cleanup',
      command: ['/bin/sh', '/scripts/cleanup.sh'],
      env: [
        ...secretKeys('forgejo-cleanup-token', 'FORGEJO_TOKEN'),
        ...variables({ FORGEJO_HOST: 'a', FORGEJO_OWNER: 'viktor', KEEP_LAST_N: '10', DRY_RUN: 'true' }),
      ],
      volume_mount: [{ name: 'script', mount_path: '/scripts' }],
    },
    { volume: [{ name: 'script', config_map: { name: 'forgejo-cleanup-script', default_mode: '0755' } }] },
  ),
  'kubernetes_secret.forgejo_probe_credentials': {},
  'kubernetes_secret.registry_probe_credentials': {},
  'kubernetes_cron_job_v1.forgejo_integrity_probe': probe('forgejo-probe-credentials', {
    REGISTRY_SCHEME: 'http',
  }),
  'kubernetes_cron_job_v1.registry_integrity_probe': probe('registry-probe-credentials', {}),
};

/**
 * What Terraform prints of an adoption, without the providers: each resource becomes a built-in one that holds its
 * attributes, with what the provider adds. The existing objects are applied first as they are known to be; the rest is
 * new. Every line counts, those of what goes too. It was 561 and 491 where hashicorp/kubernetes 2.38.0 itself printed 582
 * and 491 beside the release (2026-11-30); an app more is a line or two.
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
    ['forgejo', 'retention.mjs', 600],
    ['monitoring', 'integrity-probe.mjs', 550],
  ])('%s shows its configuration and no line of %s, in less than %i lines', (stack, file, most) => {
    const found = synthesizedAt('prepare').get(stack);
    if (found === undefined) throw new Error(`no stack "${stack}"`);
    const folder = join(root, stack);
    const body = deliveredBody({ ...found.json }, found.stack.cdktfFormOnly) as TerraformJson;
    for (const [path, text] of Object.entries({ ...found.files, ...certificate })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const values = { cloudflare_zone_id: 'z', public_ip: '192.0.2.1', public_ipv6: '::1' };
    const given = Object.entries({ ...estate.stacks.variables, ...values });
    const declared = given.filter(([name]) => name in (body.variable ?? {}));
    writeFileSync(join(folder, 'terraform.tfvars.json'), JSON.stringify(Object.fromEntries(declared)));
    // As the provider marks what it reads.
    const vault = Object.entries(referencedSecrets(body)).map(([name, data]) => [
      name,
      { data: `\${sensitive(${JSON.stringify(data)})}` },
    ]);
    // The names stand without the dots of an address.
    const nameOf = (address: string): string => address.replaceAll(/[.[\]]/gu, '-');
    const moved = new Map(body.moved?.map(({ from, to }) => [to, from]));
    const write = (
      edit: (address: string, attributes: Block) => Block | undefined,
      values: readonly string[],
      isBefore: boolean,
    ): void => {
      const resources = resourcesOf({ ...body }).flatMap(([address, block]) => {
        const { lifecycle: _, depends_on: __, ...attributes } = block as Block;
        const left = edit(address, attributes);
        const name = nameOf((isBefore ? moved.get(address) : undefined) ?? address);
        return left === undefined ? [] : [[name, { triggers_replace: withDefaults(left) }]];
      });
      const release = stack === 'monitoring' ? { release: { triggers_replace: { values } } } : {};
      const json = {
        variable: body.variable,
        locals: { vault: Object.fromEntries(vault) as object, ...body.locals },
        ...(isBefore
          ? {}
          : {
              moved: [...moved].map(([to, from]) => ({
                from: `terraform_data.${nameOf(from)}`,
                to: `terraform_data.${nameOf(to)}`,
              })),
            }),
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
      true,
    );
    terraform(folder, 'init');
    terraform(folder, 'apply', '-auto-approve');
    write(
      (address, attributes) => (address in existing ? attributes : withUnknown(attributes)),
      [own, '${local.registry_prometheus_values}'],
      false,
    );

    const plan = terraform(folder, 'plan');
    const about = plan.slice(plan.indexOf('\n  # '), plan.indexOf('\nPlan: ')).split('\n');
    console.log(`adoption of ${stack}: ${about.length} lines of plan`);
    expect(about.length).toBeLessThan(most);
    expect(plan).toMatch(new RegExp(`"${file}" += \\(sensitive value\\)`, 'u'));
    expect(plan).toMatch(/"registry-consolidation\/program-sha256" += "[0-9a-f]{64}"/u);
    expect(plan).toMatch(/\+ pushgatewayUrl +=/u);
    expect(plan).not.toMatch(/function |echo /u);
  });
});
