import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { phases } from '../../estate/phases';
import { tiers } from '../../estate/tiers';
import { evaluateStack, referencedSecrets } from '../../lab/evaluate-stack';
import { startLab, type Lab } from '../../lab/lab';
import { applyObjects, governNamespace, installDefinitions } from '../../lab/surroundings';
import { kubernetesApi } from '../../manifests/schema';
import { mappedKinds, reduceOpenApi, type OpenApi } from '../../manifests/reduce-openapi';
import { manifestsOf } from '../../manifests/stack-manifests';
import type { ApiObject } from '../../manifests/api-object';
import { estateAt } from '../support/estates';
import { synthesized } from '../support/synthesized';
import { describeLab } from './describe-lab';

// A root process in the image gives its rights up itself: a Deployment under `restricted` needs the rootless image.
const notRestricted = ['Deployment forgejo/forgejo'];

const variables = { tls_secret_name: 'tls-secret', public_ip: '', public_ipv6: '', cloudflare_zone_id: '' };

interface PodTemplate {
  readonly metadata?: object;
  readonly spec: object;
}

/** What a workload's controller would create. */
function podTemplateOf({ kind, spec }: ApiObject): PodTemplate | undefined {
  if (kind === 'Deployment') return (spec as { template: PodTemplate }).template;
  if (kind !== 'CronJob') return undefined;
  return (spec as { jobTemplate: { spec: { template: PodTemplate } } }).jobTemplate.spec.template;
}

describeLab('the Kubernetes objects of the stacks', () => {
  let lab: Lab<'kubernetes'>;
  beforeAll(async () => {
    lab = await startLab({ kubernetes: true });
    await installDefinitions(lab.kubernetes);
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const objectsAt = async (phase: (typeof phases)[number]): Promise<readonly ApiObject[]> => {
    const stacks = [...synthesized(estateAt(phase)).values()];
    const perStack = await Promise.all(
      stacks.map(async ({ json }) => {
        const files = { 'secrets/fullchain.pem': 'certificate', 'secrets/privkey.pem': 'key' };
        const evaluated = await evaluateStack(json, { variables, vault: referencedSecrets(json), files });
        return manifestsOf(evaluated).map(({ object }) => object);
      }),
    );
    return perStack.flat();
  };

  it('the committed schema is what the API server publishes', async () => {
    const { body } = await lab.kubernetes.request({ path: '/openapi/v2' });
    expect(reduceOpenApi(body as OpenApi, kubernetesApi.release)).toEqual(kubernetesApi);
    expect(Object.keys(kubernetesApi.kinds)).toEqual([...mappedKinds].sort());
    expect(lab.kubernetes.version.split('.').slice(0, 2)).toEqual(
      kubernetesApi.release.split('.').slice(0, 2),
    );
  });

  it('a field that the API does not know is refused, so that admission means something', async () => {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'default' },
      dta: {},
    };
    await expect(applyObjects(lab.kubernetes, [object])).rejects.toThrow(
      '.dta: field not declared in schema',
    );
  });

  it.each(phases)(
    'at phase %s all are admitted under strict validation, tier quotas and Pod Security',
    async (phase) => {
      const objects = await objectsAt(phase);
      await applyObjects(
        lab.kubernetes,
        objects.filter(({ kind }) => kind === 'Namespace'),
      );
      for (const { kind, metadata } of objects) {
        if (kind === 'Namespace') await governNamespace(lab.kubernetes, metadata.name, tiers.edge.quota);
      }
      await applyObjects(lab.kubernetes, objects);

      const refused: string[] = [];
      for (const object of objects) {
        const template = podTemplateOf(object);
        if (template === undefined) continue;
        const { name, namespace = 'default' } = object.metadata;
        const answer = await lab.kubernetes.request({
          method: 'POST',
          path: `/api/v1/namespaces/${namespace}/pods?dryRun=All`,
          body: { ...template, metadata: { ...template.metadata, name: 'admitted' } },
        });
        if (answer.status !== 201)
          refused.push(`${object.kind} ${namespace}/${name}: ${JSON.stringify(answer.body)}`);
      }
      expect(refused).toEqual(notRestricted.map((workload) => expect.stringContaining(`${workload}: `)));
      expect(refused).toEqual(notRestricted.map(() => expect.stringContaining('violates PodSecurity')));
    },
  );
});
