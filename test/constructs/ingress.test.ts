import { describe, expect, test } from '@jest/globals';
import { Ingress, type IngressProps } from '../../constructs/ingress';
import { synthesizedFrom } from '../support/stack';
import { blockAt, type TerraformJson } from '../support/synthesized';

const props: IngressProps = {
  resourceName: 'app',
  name: 'app',
  namespace: 'apps',
  host: 'app.example.org',
  tlsSecretName: 'tls-secret',
  auth: 'required',
};
const ingressOf = (change: Partial<IngressProps>): TerraformJson =>
  synthesizedFrom((stack) => {
    new Ingress(stack, 'Ingress', { ...props, ...change });
  });
const annotationsOf = (json: TerraformJson): Record<string, string> =>
  (blockAt(json, 'kubernetes_ingress_v1.app')['metadata'] as { annotations: Record<string, string> })
    .annotations;

describe('an ingress', () => {
  test('routes its host to the service of its own name, on port 80', () => {
    expect(blockAt(ingressOf({}), 'kubernetes_ingress_v1.app')['spec']).toMatchObject({
      ingress_class_name: 'traefik',
      tls: [{ hosts: ['app.example.org'], secret_name: 'tls-secret' }],
      rule: [
        {
          host: 'app.example.org',
          http: { path: [{ path: '/', backend: { service: { name: 'app', port: { number: 80 } } } }] },
        },
      ],
    });
  });

  test('without a body size has no Buffering middleware', () => {
    const json = ingressOf({});
    expect(json.resource?.['kubernetes_manifest']).toBeUndefined();
    expect(annotationsOf(json)['traefik.ingress.kubernetes.io/router.middlewares']).not.toContain(
      'buffering',
    );
  });

  test.each([
    ['5g', 5368709120],
    ['50m', 52428800],
    [1048576, 1048576],
  ])(
    'with a body size of %s refers to a Buffering middleware of as many bytes, as a number',
    (maxBodySize, bytes) => {
      const json = ingressOf({ maxBodySize });
      expect(blockAt(json, 'kubernetes_manifest.buffering')['manifest']).toMatchObject({
        kind: 'Middleware',
        metadata: { name: 'buffering-app', namespace: 'apps' },
        spec: { buffering: { maxRequestBodyBytes: bytes } },
      });
      expect(annotationsOf(json)['traefik.ingress.kubernetes.io/router.middlewares']).toMatch(
        /,apps-buffering-app@kubernetescrd$/,
      );
    },
  );

  test('moves from a module with its middleware, at the addresses given', () => {
    const json = ingressOf({
      maxBodySize: '5g',
      movedFrom: 'module.ingress.kubernetes_ingress_v1.proxied-ingress',
      bufferingMovedFrom: 'module.ingress.kubernetes_manifest.buffering[0]',
    });
    expect(json.moved).toEqual([
      { from: 'module.ingress.kubernetes_manifest.buffering[0]', to: 'kubernetes_manifest.buffering' },
      { from: 'module.ingress.kubernetes_ingress_v1.proxied-ingress', to: 'kubernetes_ingress_v1.app' },
    ]);
  });

  test('behind Authentik is not scraped for AI either way; in front of an app with its own sign-in it is guarded', () => {
    const chain = (change: Partial<IngressProps>): string =>
      annotationsOf(ingressOf(change))['traefik.ingress.kubernetes.io/router.middlewares'] ?? '';
    expect(chain({ auth: 'required' })).not.toContain('ai-bot-block');
    expect(chain({ auth: 'app' })).toContain('ai-bot-block');
  });

  test('tells the dashboard, the monitor and the DNS tooling only what it was given', () => {
    expect(Object.keys(annotationsOf(ingressOf({})))).toEqual([
      'gethomepage.dev/enabled',
      'traefik.ingress.kubernetes.io/router.entrypoints',
      'traefik.ingress.kubernetes.io/router.middlewares',
    ]);
    expect(
      annotationsOf(
        ingressOf({
          dns: { annotationPrefix: 'dns.example.org', type: 'proxied' },
          monitor: { annotationPrefix: 'uptime.example.org', path: '/healthz' },
          homepage: { name: 'App', group: 'Apps', icon: 'app.png', description: 'An app' },
        }),
      ),
    ).toMatchObject({
      'gethomepage.dev/enabled': 'true',
      'gethomepage.dev/href': 'https://app.example.org',
      'dns.example.org/dns-type': 'proxied',
      'uptime.example.org/external-monitor': 'true',
      'uptime.example.org/external-monitor-path': '/healthz',
    });
  });

  test('with a path that is none is refused', () => {
    expect(() => ingressOf({ paths: ['v2'] })).toThrow(
      'test/Ingress: a path does not begin with "/", got "v2"; write paths such as "/v2"',
    );
  });
});
