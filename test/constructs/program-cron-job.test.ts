import { describe, expect, test } from '@jest/globals';
import { ProgramCronJob, type ProgramCronJobProps } from '../../constructs/program-cron-job';
import { synthesizedFrom } from '../support/stack';
import { blockAt, type TerraformJson } from '../support/synthesized';

const props: ProgramCronJobProps = {
  resourceName: 'job',
  name: 'job',
  namespace: 'apps',
  configMapAddress: 'script',
  configMapName: 'job-script',
  program: { fileName: 'job.mjs', source: 'console.log(`${1}`);\n' },
  config: { url: 'http://example' },
  secrets: [
    { secretName: 'login', key: 'REG_PASS' },
    { secretName: 'token', folder: '/secrets/token' },
  ],
  image: 'docker.io/library/node:22.21.1-bookworm-slim',
  schedule: '0 4 * * *',
  timeZone: 'Etc/UTC',
  activeDeadlineSeconds: 600,
  periodMinutes: 24 * 60,
  cpuRequest: '10m',
  memory: '128Mi',
  egress: [
    { namespace: 'forgejo', port: 3000 },
    { cidr: '10.0.20.100/32', port: 6443 },
  ],
};
const jobOf = (change: Partial<ProgramCronJobProps> = {}): TerraformJson =>
  synthesizedFrom((stack) => {
    new ProgramCronJob(stack, 'Job', { ...props, ...change });
  });

/** A plan has one line for what stood there: the predecessors' whole scripts. */
const hidden = '${sensitive(["node"])}';
const sha256 = '${filesha256("${path.module}/files/job.mjs")}';

interface Template {
  readonly metadata: { readonly annotations: Record<string, string> };
  readonly spec: Record<string, unknown>;
}
function templateOf(json: TerraformJson): Template {
  const spec = blockAt(json, 'kubernetes_cron_job_v1.job')['spec'] as {
    job_template: { spec: { template: Template } };
  };
  return spec.job_template.spec.template;
}

describe("a program's CronJob", () => {
  test('runs the one file of its ConfigMap, which Terraform reproduces exactly', () => {
    const json = jobOf();
    expect(blockAt(json, 'kubernetes_config_map.script')).toMatchObject({
      data: {
        'job.mjs': '${sensitive(file("${path.module}/files/job.mjs"))}',
        'config.json': '{\n  "url": "http://example",\n  "deadlineSeconds": 480\n}\n',
      },
    });
    expect(templateOf(json).spec).toMatchObject({
      container: [{ command: hidden, args: ['/scripts/job.mjs', '/scripts/config.json'] }],
    });
    expect(templateOf(jobOf({ nodeOptions: ['--max-old-space-size=32'] })).spec).toMatchObject({
      container: [
        { command: hidden, args: ['--max-old-space-size=32', '/scripts/job.mjs', '/scripts/config.json'] },
      ],
    });
  });

  test('keeps the key of the script that it takes the place of, without the script', () => {
    expect(blockAt(jobOf({ scriptKey: 'job.sh' }), 'kubernetes_config_map.script')['data']).toMatchObject({
      'job.sh': '${sensitive("replaced by job.mjs\\n")}',
    });
    expect(blockAt(jobOf(), 'kubernetes_config_map.script')['data']).not.toHaveProperty(['job.sh']);
  });

  test('starts late rather than never, and never twice at once', () => {
    expect(blockAt(jobOf(), 'kubernetes_cron_job_v1.job')['spec']).toMatchObject({
      timezone: 'Etc/UTC',
      concurrency_policy: 'Forbid',
      starting_deadline_seconds: 300,
      job_template: { spec: { active_deadline_seconds: 600, backoff_limit: 0 } },
    });
  });

  test('meets the restricted Pod Security Standard', () => {
    expect(templateOf(jobOf()).spec).toMatchObject({
      automount_service_account_token: false,
      security_context: { run_as_non_root: true, seccomp_profile: { type: 'RuntimeDefault' } },
      container: [
        {
          security_context: {
            // Left out, the provider writes false, which goes before the pod's own.
            run_as_non_root: true,
            allow_privilege_escalation: false,
            read_only_root_filesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    });
  });

  test('mounts a ServiceAccount token only where one is named', () => {
    expect(templateOf(jobOf({ serviceAccountName: 'reader' })).spec).toMatchObject({
      automount_service_account_token: true,
      service_account_name: 'reader',
    });
  });

  test('reads secrets from its environment or from files', () => {
    expect(templateOf(jobOf({ environment: { MODE: 'x' } })).spec).toMatchObject({
      container: [
        {
          env: [
            { name: 'MODE', value: 'x' },
            {
              name: 'REG_PASS',
              value_from: { secret_key_ref: { name: 'login', key: 'REG_PASS', optional: false } },
            },
          ],
          volume_mount: [{ name: 'script' }, { name: 'token', mount_path: '/secrets/token' }],
        },
      ],
      volume: [{ name: 'script' }, { name: 'token', secret: { secret_name: 'token' } }],
    });
  });

  test('a Job says which program it ran, by the hash that Terraform read', () => {
    expect(templateOf(jobOf()).metadata.annotations).toEqual({
      'registry-consolidation/program-sha256': sha256,
    });
  });

  test('has no block that would replace an existing CronJob where it is added', () => {
    expect(blockAt(jobOf(), 'kubernetes_cron_job_v1.job')['spec']).not.toHaveProperty(
      'job_template.spec.pod_failure_policy',
    );
  });

  test('has no way out but DNS and the named ones, and no way in', () => {
    expect(blockAt(jobOf(), 'kubernetes_network_policy_v1.job')['spec']).toMatchObject({
      policy_types: ['Ingress', 'Egress'],
      egress: [
        {
          ports: [{ port: '53', protocol: 'UDP' }, { port: '53' }],
        },
        {
          to: [{ namespace_selector: { match_labels: { 'kubernetes.io/metadata.name': 'forgejo' } } }],
          ports: [{ port: '3000' }],
        },
        { to: [{ ip_block: { cidr: '10.0.20.100/32' } }], ports: [{ port: '6443' }] },
      ],
    });
  });

  test('reaches the pods of its own namespace, and no other, by a selector of pods', () => {
    const near = jobOf({ egress: [{ namespace: 'apps', port: 80 }] });
    expect(blockAt(near, 'kubernetes_network_policy_v1.job')['spec']).toMatchObject({
      egress: [{}, { to: [{ pod_selector: {} }], ports: [{ port: '80' }] }],
    });
  });
});
