import { describe, expect, it } from '@jest/globals';
import { apiObjectOf } from '../../manifests/api-object';

describe('the API object of a Terraform resource', () => {
  it('takes blocks for lists by their singular, and numbers and truth values out of their text', () => {
    const object = apiObjectOf('kubernetes_deployment', {
      metadata: { name: 'web', namespace: 'apps' },
      spec: {
        replicas: '2',
        selector: { match_labels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            automount_service_account_token: 'false',
            image_pull_secrets: [{ name: 'registry-credentials' }],
            container: [
              { name: 'web', image: 'web:1', volume_mount: [{ name: 'data', mount_path: '/data' }] },
            ],
          },
        },
      },
    });
    expect(object).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'apps' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            automountServiceAccountToken: false,
            imagePullSecrets: [{ name: 'registry-credentials' }],
            containers: [
              { name: 'web', image: 'web:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] },
            ],
          },
        },
      },
    });
  });

  it('a block written once or as a list of one is the same object', () => {
    const once = apiObjectOf('kubernetes_service', { metadata: { name: 'a' }, spec: { cluster_ip: 'None' } });
    const listed = apiObjectOf('kubernetes_service', {
      metadata: [{ name: 'a' }],
      spec: [{ cluster_ip: 'None' }],
    });
    expect(listed).toEqual(once);
    expect(once).toMatchObject({ spec: { clusterIP: 'None' } });
  });

  it('the keys of a map are the user’s own, whatever they look like', () => {
    const object = apiObjectOf('kubernetes_config_map_v1', {
      metadata: { name: 'a', labels: { 'app.kubernetes.io/name': 'x', match_labels: 'y' } },
      data: { 'retention.mjs': 'text', volume_mount: 'text' },
    });
    expect(object).toMatchObject({
      metadata: { labels: { 'app.kubernetes.io/name': 'x', match_labels: 'y' } },
      data: { 'retention.mjs': 'text', volume_mount: 'text' },
    });
  });

  it('a port is a number where it is one and a name where it is none', () => {
    const port = (target: string): unknown =>
      apiObjectOf('kubernetes_service', {
        metadata: { name: 'a' },
        spec: { port: [{ port: 80, target_port: target }] },
      });
    expect(port('3000')).toMatchObject({ spec: { ports: [{ port: 80, targetPort: 3000 }] } });
    expect(port('http')).toMatchObject({ spec: { ports: [{ port: 80, targetPort: 'http' }] } });
  });

  it('a file mode is octal to the provider and decimal to the API', () => {
    const object = apiObjectOf('kubernetes_cron_job_v1', {
      metadata: { name: 'a' },
      spec: {
        schedule: '@daily',
        job_template: {
          spec: { template: { spec: { volume: [{ name: 'v', config_map: { default_mode: '0444' } }] } } },
        },
      },
    });
    expect(JSON.stringify(object)).toContain('"configMap":{"defaultMode":292}');
  });

  it('the provider’s spelling of acronyms and compounds meets the API’s', () => {
    const object = apiObjectOf('kubernetes_deployment', {
      metadata: { name: 'a' },
      spec: {
        template: {
          spec: {
            host_ipc: false,
            host_pid: false,
            dns_config: { nameservers: ['192.0.2.1'] },
            security_context: { se_linux_options: { level: 's0' }, fs_group: '1000' },
          },
        },
      },
    });
    expect(object).toMatchObject({
      spec: {
        template: {
          spec: {
            hostIPC: false,
            hostPID: false,
            dnsConfig: { nameservers: ['192.0.2.1'] },
            securityContext: { seLinuxOptions: { level: 's0' }, fsGroup: 1000 },
          },
        },
      },
    });
  });

  it('a Secret’s plain values are what the API calls stringData', () => {
    const object = apiObjectOf('kubernetes_secret', {
      metadata: { name: 'a' },
      type: 'Opaque',
      data: { key: 'v' },
    });
    expect(object).toMatchObject({ stringData: { key: 'v' } });
    expect(object).not.toHaveProperty('data');
  });

  it('what only the provider reads is left out', () => {
    const object = apiObjectOf('kubernetes_namespace', {
      '//': {},
      metadata: { name: 'a' },
      depends_on: ['x.y'],
      lifecycle: { prevent_destroy: true },
      timeouts: { delete: '5m' },
    });
    expect(object).toEqual({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } });
  });

  it('a block that the API has no field for is an error that names both', () => {
    expect(() => apiObjectOf('kubernetes_service', { metadata: { name: 'a' }, spec: { prots: [] } })).toThrow(
      'manifests: kubernetes_service.spec: io.k8s.api.core.v1.ServiceSpec has no field for "prots"',
    );
  });

  it('an expression of Terraform stays what it is, whatever type the field has', () => {
    const spec = { replicas: '${var.replicas}', paused: '${local.paused}' };

    expect(apiObjectOf('kubernetes_deployment_v1', { metadata: { name: 'app' }, spec })).toMatchObject({
      spec,
    });
  });

  it('a value of another type is an error that shows it', () => {
    expect(() =>
      apiObjectOf('kubernetes_deployment', { metadata: { name: 'a' }, spec: { replicas: 'two' } }),
    ).toThrow('manifests: kubernetes_deployment.spec.replicas: must be of type integer, got "two"');
  });

  it('a resource of no known kind is an error', () => {
    expect(() => apiObjectOf('kubernetes_mystery_v1', {})).toThrow('no API kind for "kubernetes_mystery_v1"');
  });
});
