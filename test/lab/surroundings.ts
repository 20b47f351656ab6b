import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Quota } from '../../estate/forgejo';
import type { ApiObject } from '../../manifests/api-object';
import { goModuleFolder } from '../../lab/programs/go-module';
import { applyObjects } from '../../lab/servers/apply-objects';
import type { Kubernetes } from '../../lab/servers/kubernetes';
import { definitionsEstablished } from '../../lab/servers/resource-definitions';
import { tools } from '../../lab/programs/tools';

/** Installs the resource definitions of Traefik and Kyverno, without either running. */
export async function installDefinitions(kubernetes: Kubernetes): Promise<void> {
  const traefik = await goModuleFolder(tools.traefik.source);
  const kyverno = join(await goModuleFolder(tools.kyverno.source), 'config/crds/kyverno');
  const files = [
    join(traefik, 'docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml'),
    ...readdirSync(kyverno).map((name) => join(kyverno, name)),
  ];
  await kubernetes.kubectl(['apply', '--server-side', ...files.flatMap((file) => ['-f', file])]);
  await definitionsEstablished(kubernetes);
}

/**
 * Puts a namespace under what governs it in the cluster: its tier's ResourceQuota, Pod Security
 * `restricted`, and the ServiceAccount that every namespace has. No controller runs here, so the
 * quota's own status is written too; without it admission refuses every pod.
 */
export async function governNamespace(kubernetes: Kubernetes, name: string, quota: Quota): Promise<void> {
  const hard = {
    'requests.cpu': quota.requestsCpu,
    'requests.memory': quota.requestsMemory,
    'limits.memory': quota.limitsMemory,
    pods: String(quota.pods),
  };
  const labels = ['enforce', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`);
  await kubernetes.kubectl(['label', '--overwrite', 'namespace', name, ...labels]);
  await applyObjects(kubernetes, [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } },
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'tier-quota', namespace: name },
      spec: { hard },
    },
  ]);
  const used = Object.fromEntries(Object.keys(hard).map((resource) => [resource, '0']));
  const answer = await kubernetes.request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${name}/resourcequotas/tier-quota/status`,
    contentType: 'application/merge-patch+json',
    body: { status: { hard, used } },
  });
  if (answer.status !== 200) throw new Error(`lab: quota of "${name}": ${JSON.stringify(answer.body)}`);
}

/**
 * Stands in for the Middlewares that Ingresses name and other stacks own: each passes requests on
 * and marks the response, because Traefik makes no router while one of them is missing.
 */
export function standInMiddlewares(objects: readonly ApiObject[]): readonly object[] {
  const key = 'traefik.ingress.kubernetes.io/router.middlewares';
  const named = objects
    .filter(({ kind }) => kind === 'Ingress')
    .flatMap(({ metadata }) => (metadata.annotations?.[key] ?? '').split(','))
    .filter((name) => name.startsWith('traefik-') && name.endsWith('@kubernetescrd'))
    .map((name) => name.slice('traefik-'.length, -'@kubernetescrd'.length));
  return [...new Set(named)].map((name) => ({
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'Middleware',
    metadata: { name, namespace: 'traefik' },
    spec: { headers: { customResponseHeaders: { [`x-lab-${name}`]: 'passed' } } },
  }));
}
