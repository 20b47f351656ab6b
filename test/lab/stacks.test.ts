import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { phases } from '../../estate/phases';
import { startLab, type Lab } from '../../lab/runs/lab';
import { applyObjects } from '../../lab/servers/apply-objects';
import { governNamespace, installDefinitions } from './surroundings';
import { kubernetesApi } from '../../manifests/schema';
import { mappedKinds, reduceOpenApi, type OpenApi } from './reduce-openapi';
import { writeManifests } from '../../manifests/write-manifests';
import type { ApiObject } from '../../manifests/api-object';
import type { Estate } from '../../estate/estate';
import { secondEstate } from '../second-estate';
import { estateAt, inPhase } from '../support/estates';
import { describeLab } from './describe-lab';
import { stackObjects, stacksOf } from './stack-objects';

/** What the cluster's policies generate for a namespace of these tiers. */
const quotas = {
  cluster: { requestsCpu: '4', requestsMemory: '4Gi', limitsMemory: '32Gi', pods: 30 },
  aux: { requestsCpu: '2', requestsMemory: '3Gi', limitsMemory: '16Gi', pods: 20 },
};

// A root process in the image gives its rights up itself: a Deployment under `restricted` needs the rootless image.
const notRestricted = ({ forgejo }: Estate): string => `Deployment ${forgejo.namespace}/forgejo`;

const estates: readonly (readonly [string, Estate])[] = [
  ...phases.map((phase) => [`this estate at ${phase}`, estateAt(phase)] as const),
  ...(['prepare', 'decommission'] as const).map(
    (phase) => [`the second estate at ${phase}`, inPhase(secondEstate, phase)] as const,
  ),
];

interface Binding {
  readonly subjects: readonly { readonly name: string; readonly namespace: string }[];
  readonly roleRef: { readonly name: string };
}

interface Role {
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

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

  const objectsOf = async (estate: Estate): Promise<readonly ApiObject[]> => {
    const names = [...stacksOf(estate).keys()];
    return (await Promise.all(names.map((name) => stackObjects(estate, name)))).flat();
  };

  const governed = new Set<string>();
  /** The namespaces of the objects, those that another stack makes in the tree included, under their tiers. */
  const makeNamespaces = async (objects: readonly ApiObject[]): Promise<void> => {
    const own = objects.filter(({ kind }) => kind === 'Namespace');
    const foreign = objects
      .map(({ metadata }) => metadata.namespace)
      .filter((name) => name !== undefined && own.every(({ metadata }) => metadata.name !== name))
      .map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: name ?? '' } }));
    await applyObjects(lab.kubernetes, [...own, ...foreign]);
    for (const { name } of [...own, ...foreign].map(({ metadata }) => metadata)) {
      if (governed.has(name)) continue;
      governed.add(name);
      await governNamespace(lab.kubernetes, name, quotas.cluster);
    }
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

  it.each(estates)(
    'of %s are all admitted under strict validation, tier quotas and Pod Security',
    async (_, estate) => {
      const objects = await objectsOf(estate);
      await makeNamespaces(objects);
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
      expect(refused).toEqual([expect.stringContaining(`${notRestricted(estate)}: `)]);
      expect(refused).toEqual([expect.stringContaining('violates PodSecurity')]);
    },
  );

  it.each(estates.filter(([name]) => /prepare|decommission/.test(name)))(
    'of %s the files that synthesis writes are admitted, and show no difference to what was applied',
    async (_, estate) => {
      const objects = await objectsOf(estate);
      await makeNamespaces(objects);
      await applyObjects(lab.kubernetes, objects);

      const outdir = mkdtempSync(join(tmpdir(), 'manifests-'));
      try {
        const variables = { ...estate.stacks.variables, tls_secret_name: 'tls-secret' };
        writeManifests(outdir, [...stacksOf(estate).values()], variables);
        const folder = join(outdir, 'manifests');
        expect(readdirSync(folder).length).toBeGreaterThan(0);
        // Another manager than the one that applied, as Terraform is: what a file leaves out stays as it is.
        const files = ['--server-side', '--force-conflicts', '--field-manager=review', '-f', folder];
        await lab.kubernetes.kubectl(['apply', '--dry-run=server', '--validate=strict', ...files]);
        expect(await lab.kubernetes.kubectl(['diff', ...files])).toBe('');
      } finally {
        rmSync(outdir, { recursive: true });
      }
    },
  );

  it('a pod above its tier’s quota is refused, so that the quotas mean something', async () => {
    const name = 'quota';
    await applyObjects(lab.kubernetes, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
    await governNamespace(lab.kubernetes, name, quotas.aux);
    const pod = (memory: string): object => ({
      metadata: { name: 'large' },
      spec: {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'main',
            image: 'example.invalid/image:1',
            resources: { requests: { cpu: '10m', memory }, limits: { memory } },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
      },
    });
    const create = async (memory: string) =>
      lab.kubernetes.request({
        method: 'POST',
        path: `/api/v1/namespaces/${name}/pods?dryRun=All`,
        body: pod(memory),
      });
    expect((await create('2Gi')).status).toBe(201);
    expect(await create('4Gi')).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('exceeded quota: tier-quota') },
    });
  });

  it('each ServiceAccount may do what its role says and nothing that would hurt', async () => {
    const objects = await objectsOf(estates[0]?.[1] ?? estateAt('prepare'));
    await makeNamespaces(objects);
    await applyObjects(lab.kubernetes, objects);
    const roles = new Map(
      objects.filter(({ kind }) => kind === 'ClusterRole').map((role) => [role.metadata.name, role]),
    );
    const bindings = objects.filter(({ kind }) => kind === 'ClusterRoleBinding') as unknown as Binding[];
    const own = bindings.filter(({ subjects }) =>
      objects.some(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === subjects[0]?.name),
    );
    expect(own.length).toBeGreaterThan(0);
    for (const { subjects, roleRef } of own) {
      const [subject] = subjects;
      const user = `system:serviceaccount:${subject?.namespace ?? ''}:${subject?.name ?? ''}`;
      const may = async (verb: string, resource: string, group = ''): Promise<boolean> => {
        const { body } = await lab.kubernetes.request({
          method: 'POST',
          path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
          body: { spec: { user, resourceAttributes: { verb, resource, group, namespace: 'kube-system' } } },
        });
        return (body as { status: { allowed: boolean } }).status.allowed;
      };
      const { rules } = roles.get(roleRef.name) as unknown as Role;
      for (const { apiGroups, resources, verbs } of rules) {
        for (const verb of verbs) expect(await may(verb, resources[0] ?? '', apiGroups[0])).toBe(true);
      }
      expect([
        await may('get', 'secrets'),
        await may('delete', 'pods'),
        await may('create', 'clusterrolebindings', 'rbac.authorization.k8s.io'),
      ]).toEqual([false, false, false]);
    }
  });
});
