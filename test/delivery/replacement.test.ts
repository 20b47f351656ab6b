import { describe, expect, test } from '@jest/globals';
import { forcesReplacement } from '../../delivery/forces-replacement';
import { compareForcing, inWords } from '../../delivery/replacement';

const job = (spec: object): Record<string, unknown> => ({
  metadata: { name: 'a', namespace: 'b' },
  spec: { job_template: { spec: { template: { spec: {} }, ...spec } } },
});
/** As an HCL parser gives it: every block is a list of one. */
const claim = (spec: object): Record<string, unknown> => ({
  metadata: [{ name: 'a', namespace: 'b' }],
  spec: [spec],
});

const words = (address: string, before: object, after: object): { replaced: string[]; unknown: string[] } => {
  const { replaced, unknown } = compareForcing(address, { ...before }, { ...after });
  return { replaced: replaced.map(inWords), unknown: unknown.map(inWords) };
};

describe('an object before and after', () => {
  test('is replaced where a block is added that forces it, and said once', () => {
    const policy = { pod_failure_policy: { rule: [{ action: 'Ignore' }] } };
    expect(words('kubernetes_cron_job_v1.a', job({}), job(policy))).toEqual({
      replaced: [
        'kubernetes_cron_job_v1.a: spec.job_template.spec.pod_failure_policy is nothing and becomes true',
      ],
      unknown: [],
    });
    expect(words('kubernetes_cron_job_v1.a', job(policy), job(policy)).replaced).toEqual([]);
  });

  test.each([
    ['another number of retries', { backoff_limit: 1 }, { backoff_limit: 0 }],
    ['another deadline', { active_deadline_seconds: 60 }, { active_deadline_seconds: '90' }],
  ])('is not replaced by %s', (_, before, after) => {
    expect(words('kubernetes_cron_job_v1.a', job(before), job(after)).replaced).toEqual([]);
  });

  test('is replaced by another storage class, and not by the order of its access modes or another size', () => {
    const address = 'kubernetes_persistent_volume_claim.a';
    const before = claim({
      storage_class_name: 'fast',
      access_modes: ['ReadWriteOnce', 'ReadOnlyMany'],
      resources: [{ requests: { storage: '5Gi' } }],
    });
    const same = {
      storage_class_name: 'fast',
      access_modes: ['ReadOnlyMany', 'ReadWriteOnce'],
      resources: { requests: { storage: '15Gi' } },
    };
    expect(words(address, before, claim(same))).toEqual({ replaced: [], unknown: [] });
    expect(words(address, before, claim({ ...same, storage_class_name: 'slow' })).replaced).toEqual([
      'kubernetes_persistent_volume_claim.a: spec.storage_class_name is "fast" and becomes "slow"',
    ]);
    expect(
      words(address, before, claim({ ...same, resources: { limits: { storage: '1Gi' } } })).replaced,
    ).toEqual([
      'kubernetes_persistent_volume_claim.a: spec.resources.limits is nothing and becomes [{"storage":"1Gi"}]',
    ]);
  });

  test.each(['kubernetes_config_map', 'kubernetes_secret'])(
    'of type %s is replaced where it could not be changed so far, which the API never takes back',
    (type) => {
      const before = { immutable: true, data: { a: '1' } };
      expect(words(`${type}.a`, before, { data: { a: '2' } })).toEqual({
        replaced: [`${type}.a: immutable is "true" and becomes "false"`],
        unknown: [],
      });
      expect(words(`${type}.a`, { immutable: false }, {})).toEqual({ replaced: [], unknown: [] });
    },
  );

  test('is not known where one side is an expression, or what the cluster has chosen', () => {
    const address = 'kubernetes_secret.a';
    expect(words(address, { metadata: { name: '${var.a}' } }, { metadata: { name: 'b' } }).unknown).toEqual([
      'kubernetes_secret.a: metadata.name is "${var.a}" and becomes "b"',
    ]);
    expect(
      words('kubernetes_service.a', { spec: {} }, { spec: { cluster_ip: 'None' } }).unknown,
    ).toHaveLength(1);
  });

  test('has the API’s defaults where nothing is said', () => {
    expect(words('kubernetes_secret.a', {}, { type: 'Opaque', metadata: { namespace: 'default' } })).toEqual({
      replaced: [],
      unknown: [],
    });
    expect(words('kubernetes_secret.a', {}, { type: 'kubernetes.io/tls' }).replaced).toHaveLength(1);
  });

  test('is compared as Terraform does, to which "1" and 1 are one value', () => {
    const address = 'kubernetes_service.a';
    const port = (value: unknown): object => ({ spec: { health_check_node_port: value } });
    expect(words(address, port(30000), port('30000'))).toEqual({ replaced: [], unknown: [] });
  });

  const nest = (path: string, value: unknown): object =>
    path.split('.').reduceRight((inner: unknown, key) => ({ [key]: inner }), value) as object;

  test.each(
    Object.entries(forcesReplacement).flatMap(([type, paths]) =>
      Object.entries(paths).map(([path, kind]) => [type, path, kind] as const),
    ),
  )('%s: another %s is told in words, and one that comes or goes', (type, path, kind) => {
    const around = nest(path.replace(/\.?[^.]+$/u, '') || 'metadata', {});
    const [one, other] = kind === 'block' ? [nest(path, {}), around] : [nest(path, 'a'), nest(path, 'b')];
    const told = expect.stringContaining(`${type}.x: ${path} is `) as unknown;
    expect(words(`${type}.x`, one, other)).toEqual({ replaced: [told], unknown: [] });
    for (const [before, after] of [[one, around] as const, [around, one] as const]) {
      const { replaced, unknown } = words(`${type}.x`, before, after);
      expect([...replaced, ...unknown]).toEqual([told]);
    }
  });

  test.each([
    ['kubernetes_service.x', 'spec.load_balancer_class', 'replaced'],
    ['kubernetes_service.x', 'spec.cluster_ip', 'unknown'],
    ['kubernetes_persistent_volume_claim.x', 'spec.volume_name', 'unknown'],
    ['kubernetes_persistent_volume_claim.x', 'metadata.generate_name', 'replaced'],
    ['kubernetes_cron_job_v1.x', 'spec.job_template.spec.backoff_limit_per_index', 'replaced'],
    ['kubernetes_cron_job_v1.x', 'spec.job_template.spec.completion_mode', 'unknown'],
    ['kubernetes_resource_quota.x', 'spec.scopes', 'replaced'],
    ['vault_policy.x', 'namespace', 'replaced'],
  ] as const)('%s: %s that goes is %s, for the cluster may have chosen it or not', (address, path, side) => {
    expect(words(address, nest(path, 'a'), nest(path.replace(/\.?\w+$/u, '') || 'name', {}))[side]).toEqual(
      expect.arrayContaining([expect.stringContaining(`${address}: ${path} is `)]),
    );
  });

  test('of a type that no provider’s schema is known of says nothing', () => {
    expect(words('terraform_data.a', { input: 1 }, { input: 2 })).toEqual({ replaced: [], unknown: [] });
  });
});
