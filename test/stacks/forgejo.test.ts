import { describe, expect, test } from '@jest/globals';
import { phases } from '../../estate/phases';
import { blockAt, synthesizedAt, type Block, type TerraformJson } from '../support/synthesized';

function forgejoAt(phase: (typeof phases)[number]): TerraformJson {
  const stack = synthesizedAt(phase).get('forgejo');
  if (stack === undefined) throw new Error('no stack forgejo');
  return stack.json;
}

interface PodTemplate {
  readonly spec: {
    readonly container: readonly (Block & {
      readonly env: readonly { readonly name: string; readonly value: string }[];
      readonly resources: { readonly requests: Block; readonly limits: Block };
    })[];
  } & Block;
}

describe('the forgejo stack', () => {
  const json = forgejoAt('prepare');
  const deployment = blockAt(json, 'kubernetes_deployment.forgejo')['spec'] as {
    template: PodTemplate;
  } & Block;
  const pod = deployment.template.spec;
  const [container] = pod.container;
  const variable = (name: string): string | undefined =>
    container?.env.find((entry) => entry.name === name)?.value;

  test('pins Forgejo to a full version that no updater may change', () => {
    expect(container).toMatchObject({ image: 'codeberg.org/forgejo/forgejo:11.0.14' });
    expect(blockAt(json, 'kubernetes_deployment.forgejo')['metadata']).toMatchObject({
      annotations: { 'keel.sh/policy': 'never' },
    });
  });

  test('lets Forgejo write its volume without walking it at every start', () => {
    expect(pod['security_context']).toEqual({ fs_group: '1000', fs_group_change_policy: 'OnRootMismatch' });
  });

  test('leaves the upload path at its default', () => {
    expect(container?.env.map(({ name }) => name)).not.toContain('FORGEJO__packages__CHUNKED_UPLOAD_PATH');
    expect(variable('FORGEJO__packages__ENABLED')).toBe('true');
  });

  test('reaches the CI with its webhooks, and waits for it', () => {
    expect(variable('FORGEJO__webhook__ALLOWED_HOST_LIST')).toBe(
      '*.svc.cluster.local,ci.viktorbarzin.me,*.viktorbarzin.me',
    );
    expect(variable('FORGEJO__webhook__DELIVER_TIMEOUT')).toBe('30');
  });

  test('gives Forgejo memory that its namespace allows: quota and label together', () => {
    expect(container?.resources).toMatchObject({ requests: { memory: '6Gi' }, limits: { memory: '6Gi' } });
    expect(blockAt(json, 'kubernetes_resource_quota.forgejo')['spec']).toMatchObject({
      hard: { 'requests.memory': '8Gi' },
    });
    expect(blockAt(json, 'kubernetes_namespace.forgejo')['metadata']).toMatchObject({
      labels: { tier: '3-edge', 'resource-governance/custom-quota': 'true', 'istio-injection': 'disabled' },
    });
  });

  test('probes Forgejo and gives it no ServiceAccount token', () => {
    expect(pod['automount_service_account_token']).toBe(false);
    for (const probe of ['startup_probe', 'readiness_probe', 'liveness_probe'])
      expect(container?.[probe]).toMatchObject({ http_get: { path: '/api/healthz', port: 'http' } });
  });

  test('can not destroy the volume', () => {
    expect(blockAt(json, 'kubernetes_persistent_volume_claim.data_encrypted')).toMatchObject({
      spec: { resources: { requests: { storage: '15Gi' } } },
      lifecycle: { prevent_destroy: true },
    });
  });

  test('buffers bodies up to 5 GiB, as the number that the state holds', () => {
    expect(blockAt(json, 'kubernetes_manifest.buffering')['manifest']).toMatchObject({
      metadata: { name: 'buffering-forgejo', namespace: 'forgejo' },
      spec: { buffering: { maxRequestBodyBytes: 5368709120 } },
    });
  });

  test('keeps the web router as it is and lets /v2 bypass what breaks pushes', () => {
    const chainOf = (address: string): string[] => {
      const { annotations } = blockAt(json, address)['metadata'] as { annotations: Record<string, string> };
      return (annotations['traefik.ingress.kubernetes.io/router.middlewares'] ?? '').split(',');
    };
    expect(chainOf('kubernetes_ingress_v1.forgejo')).toEqual([
      'traefik-retry@kubernetescrd',
      'traefik-error-pages@kubernetescrd',
      'traefik-rate-limit@kubernetescrd',
      'traefik-csp-headers@kubernetescrd',
      'traefik-crowdsec@kubernetescrd',
      'traefik-ai-bot-block@kubernetescrd',
      'traefik-anti-ai-headers@kubernetescrd',
      'forgejo-buffering-forgejo@kubernetescrd',
    ]);
    expect(chainOf('kubernetes_ingress_v1.forgejo_registry')).toEqual([
      'traefik-csp-headers@kubernetescrd',
      'traefik-crowdsec@kubernetescrd',
      'forgejo-buffering-forgejo@kubernetescrd',
    ]);
  });

  test('names the missing Vault key instead of applying an empty token', () => {
    expect(blockAt(json, 'data.vault_kv_secret_v2.forgejo_viktor')['lifecycle']).toMatchObject({
      postcondition: [{ condition: '${try(self.data["forgejo_cleanup_token"], "") != ""}' }],
    });
    expect(blockAt(json, 'kubernetes_secret.forgejo_cleanup_token')['data']).toEqual({
      FORGEJO_TOKEN: '${data.vault_kv_secret_v2.forgejo_viktor.data["forgejo_cleanup_token"]}',
    });
  });

  test('creates every object after its namespace', () => {
    const late = Object.entries(json.resource ?? {})
      .filter(([type]) => /^kubernetes_(?!cluster_|namespace)/.test(type))
      .flatMap(([type, byName]) =>
        Object.entries(byName).map(([name, block]) => ({ name: `${type}.${name}`, block })),
      )
      .filter(
        ({ block }) =>
          !(block['depends_on'] as string[] | undefined)?.includes('kubernetes_namespace.forgejo'),
      );
    expect(late.map(({ name }) => name)).toEqual([]);
  });

  test.each(phases)('has the same resources in phase %s', (phase) => {
    const shape = ({ resource = {} }: TerraformJson): string[] =>
      Object.entries(resource).flatMap(([type, byName]) =>
        Object.keys(byName).map((name) => `${type}.${name}`),
      );
    expect(shape(forgejoAt(phase))).toEqual(shape(json));
  });
});
