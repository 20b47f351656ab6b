import { readFileSync, renameSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ForgejoApi } from '../../clients/forgejo/api';
import { listVersions } from '../../clients/forgejo/versions';
import { RegistryClient } from '../../clients/oci/client';
import { canaryImage } from '../../estate/derived/references';
import type { Estate } from '../../estate/estate';
import { podRoutes } from '../../lab/machines/pods';
import { startLab, type Lab } from '../../lab/runs/lab';
import { addServiceEndpoint } from '../../lab/servers/service-endpoint';
import { applyObjects } from '../../lab/servers/apply-objects';
import type { ApiObject } from '../../manifests/api-object';
import { EXIT } from '../../programs/exit-code';
import type { IntegrityProbeConfig } from '../../programs/integrity-probe/config';
import { stackObjects } from '../lab/stack-objects';
import { estateAt, withTestEvidence } from '../support/estates';
import { pushImage } from '../support/push-image';
import { RegistryStorage } from '../support/registry-storage';
import { describePods } from './describe-pods';
import { runCronJob, type CronJobRun, type PodSpec } from './run-cron-job';

const estate = estateAt('prepare');
const { forgejo, integrityProbe, legacyRegistry, programs } = estate;
const { owner: packagesOwner } = forgejo.packages;
const { service: pushgateway, namespace: monitoring } = estate.pushgateway;
const probes = { forgejo: 'forgejo-integrity-probe', legacy: 'registry-integrity-probe' };
const legacyInstance = `${legacyRegistry.host}:5050`;

describePods('the CronJobs of the stacks, as pods', () => {
  let lab: Lab<'forge' | 'kubernetes' | 'legacyRegistry' | 'pods' | 'pushgateway'>;
  let applied: readonly ApiObject[];
  let token: string;
  let api: ForgejoApi;
  let canaryDigest: string;

  beforeAll(async () => {
    lab = await startLab({
      ...{ kubernetes: true, legacyRegistry: true, pods: true, pushgateway: true },
      // Where pods reach it: at /v2/ a forge takes no Basic and names a realm below its root, and with a public address as
      // root, the probe would be sent to one whose certificate only the lab trusts.
      forge: { rootUrl: `http://forgejo.${forgejo.namespace}.svc.cluster.local` },
    });
    const owner = await lab.forge.createUser({ name: packagesOwner });
    token = await lab.forge.createToken(owner, ['write:package']);
    api = new ForgejoApi({ url: lab.forge.url, owner: packagesOwner, token });
    const puller = await lab.forge.createUser({ name: 'cluster-puller' });
    const registry = new RegistryClient({
      url: lab.forge.url,
      credentials: { username: packagesOwner, password: token },
    });
    for (const tag of ['v1', 'v2', 'v3', 'v4', 'v5'])
      await pushImage(registry, `${packagesOwner}/app`, tag, tag);

    const vault = {
      forgejo_viktor: { forgejo_cleanup_token: token },
      registry_probes: { forgejo_pull_token: await lab.forge.createToken(puller, ['read:package']) },
    };
    const stacks = [
      await stackObjects(estate, 'forgejo', { vault }),
      await stackObjects(estate, 'monitoring', { vault }),
    ].flat();
    const legacy = new RegistryClient({ url: lab.legacyRegistry.url });
    for (const reference of pulledFrom(stacks, probes.legacy)) {
      const [, repository = '', version = ''] = /^(.*):([^:/]+)$/.exec(reference) ?? [];
      await pushImage(legacy, repository, reference, version);
    }
    const { source, tag } = canaryImage(estate);
    canaryDigest = await pushImage(legacy, source.repository, source.repository, tag);

    // The forge is a process here, and nobody asks for it by Traefik.
    applied = stacks.filter(({ kind }) => !['Deployment', 'Middleware'].includes(kind));
    await applyObjects(lab.kubernetes, [
      ...[forgejo.namespace, monitoring].map((name) => ({
        ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      })),
      ...applied.map((object) => trusting(object)),
      {
        ...{ apiVersion: 'v1', kind: 'ConfigMap' },
        metadata: { name: 'lab-authority', namespace: integrityProbe.namespace },
        data: { 'ca.crt': readFileSync(lab.authority.caFile, 'utf8') },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: pushgateway, namespace: monitoring },
        spec: { ports: [{ port: estate.pushgateway.port }] },
      },
      ...consumers(),
    ]);
    const endpoint = (
      namespace: string,
      service: string,
      { address, port }: typeof podRoutes.forge | typeof podRoutes.pushgateway,
    ): Promise<void> =>
      addServiceEndpoint(lab.kubernetes, { namespace, service, address, ports: [{ port }] });
    await endpoint(forgejo.namespace, 'forgejo', podRoutes.forge);
    await endpoint(monitoring, pushgateway, podRoutes.pushgateway);
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const run = (namespace: string, cronJob: string): Promise<CronJobRun & { readonly spec: PodSpec }> =>
    runCronJob(lab.kubernetes, namespace, cronJob);
  const retain = (): Promise<CronJobRun> => run(forgejo.namespace, 'forgejo-cleanup');
  const probe = (name: string): Promise<CronJobRun> => run(integrityProbe.namespace, name);
  const tags = async (): Promise<readonly string[]> =>
    (await listVersions(api))
      .filter((version) => version.package === 'app')
      .map(({ name }) => name)
      .sort();
  const verdicts = async (instance: string): Promise<readonly string[]> =>
    (await lab.pushgateway.metrics())
      .split('\n')
      .filter((line) => line.startsWith('registry_manifest_integrity_verdict{') && line.endsWith(' 1'))
      .filter((line) => line.includes(`instance="${instance}"`))
      .map((line) => /verdict="([^"]+)"/.exec(line)?.[1] ?? line);

  it('the integrity probe walks every image with the pull token and tells the Pushgateway', async () => {
    expect(await probe(probes.forgejo)).toMatchObject({
      code: EXIT.done,
      output: expect.stringContaining(`${forgejo.host}: healthy, 1 of 1 repositories, 5 tags`),
      verdict: 'Complete',
    });
    expect(await verdicts(forgejo.host)).toEqual(['healthy']);
    expect(await lab.pushgateway.metrics()).toMatch(
      new RegExp(`registry_manifest_integrity_tags_checked\\{instance="${forgejo.host}",.*\\} 5\n`),
    );
  });

  it('a found fault fails the Job at its first pod: another try would find it again', async () => {
    const { packageStorage } = lab.forge;
    renameSync(packageStorage, `${packageStorage}-gone`);
    const ended = await probe(probes.forgejo);
    renameSync(`${packageStorage}-gone`, packageStorage);
    expect(ended).toMatchObject({ code: EXIT.faults, verdict: 'Failed: BackoffLimitExceeded' });
  });

  it('the pods are those of the synthesized CronJobs: image, command, rights and limits', async () => {
    const [cronJob] = applied.filter(
      ({ kind, metadata }) => kind === 'CronJob' && metadata.name === probes.forgejo,
    );
    const template = (cronJob as unknown as CronJob).spec.jobTemplate.spec.template;
    const { spec } = await run(integrityProbe.namespace, probes.forgejo);
    const [container] = template.spec.containers;
    expect(container?.image).toBe(programs.image);
    expect(spec.containers[0]).toMatchObject(container ?? {});
    expect(spec.securityContext).toEqual(template.spec.securityContext);
  });

  it('the legacy registry’s probe reaches the VM by a name that its certificate is for: healthy, then broken, then down', async () => {
    expect(await probe(probes.legacy)).toMatchObject({
      code: EXIT.done,
      output: expect.stringContaining(`${legacyInstance}: healthy, `),
      verdict: 'Complete',
    });
    expect(await verdicts(legacyInstance)).toEqual(['healthy']);

    new RegistryStorage(lab.legacyRegistry.storage).flip(canaryDigest);
    expect(await probe(probes.legacy)).toMatchObject({
      code: EXIT.faults,
      output: expect.stringContaining('digest-mismatch'),
      verdict: 'Failed: BackoffLimitExceeded',
    });
    expect(await verdicts(legacyInstance)).toEqual(['image-broken']);

    await lab.legacyRegistry.stop();
    expect(await probe(probes.legacy)).toMatchObject({
      ...{ code: EXIT.failed, verdict: 'Failed: BackoffLimitExceeded' },
    });
    expect(await verdicts(legacyInstance)).toEqual(['registry-down']);
  }, 120_000);

  it('retention says its plan under the policy of the estate, and deletes nothing of it', async () => {
    expect(await retain()).toMatchObject({
      code: EXIT.done,
      output: expect.stringContaining('deletes 0 tags'),
    });
    expect(await lab.pushgateway.metrics()).toContain(
      `forgejo_retention_packages_expected{instance="${forgejo.host}",job="forgejo-retention",owner="${packagesOwner}"} 1`,
    );
  });

  it('retention refuses when its ServiceAccount may not list what the cluster runs, and its Job does not try again', async () => {
    const objects = await retentionObjects('observe');
    for (const { kind, metadata } of objects.filter((object) => object.kind === 'ClusterRoleBinding'))
      await lab.kubernetes.kubectl(['delete', kind, metadata.name]);

    expect(await retain()).toMatchObject({
      code: EXIT.refused,
      output: expect.stringMatching(/GET .*: refused, got 403/),
      verdict: 'Failed: BackoffLimitExceeded',
    });
  });

  it('retention observes first and deletes nothing; enforces, and what a CronJob and a rolled back Deployment need stays', async () => {
    await applyObjects(lab.kubernetes, await retentionObjects('observe'));
    expect(await retain()).toMatchObject({
      code: EXIT.done,
      output: expect.stringContaining(`plans to delete ${packagesOwner}/app:v1`),
      verdict: 'Complete',
    });
    expect(await tags()).toEqual(['v1', 'v2', 'v3', 'v4', 'v5']);

    await applyObjects(lab.kubernetes, await retentionObjects('enforce'));
    const { code } = await retain();
    expect({ code, tags: await tags() }).toEqual({ code: EXIT.done, tags: ['v2', 'v3', 'v5'] });
    expect(await lab.pushgateway.metrics()).toMatch(/forgejo_retention_tags_deleted\{[^}]*\} 2/);

    expect(await retain()).toMatchObject({
      code: EXIT.done,
      output: expect.stringContaining('deletes 0 tags'),
    });
  }, 120_000);

  /** What the forgejo stack has of the CronJob, with a policy that has something to delete at once. */
  const retentionObjects = async (mode: Estate['retention']['mode']): Promise<readonly ApiObject[]> => {
    const policy = { keepNewestTags: 1, graceHours: 1, maxDeletedShareOfPackage: 1 };
    const changed = { ...estate, retention: { ...estate.retention, mode, ...policy } };
    const objects = await stackObjects(withTestEvidence(changed), 'forgejo', {
      vault: { forgejo_viktor: { forgejo_cleanup_token: token } },
    });
    const own = objects.filter(({ metadata }) => metadata.name.includes('forgejo-cleanup'));
    // The images are minutes old, and the estate takes no grace below an hour.
    return JSON.parse(
      JSON.stringify(own).replace('\\"graceHours\\": 1,', '\\"graceHours\\": 0,'),
    ) as ApiObject[];
  };
});

interface CronJob {
  readonly spec: { readonly jobTemplate: { readonly spec: { readonly template: { spec: PodSpec } } } };
}

/** What the cluster pulls from a probe's registry, as the probe's ConfigMap says. */
function pulledFrom(objects: readonly ApiObject[], name: string): readonly string[] {
  const map = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
  const { 'config.json': text = '{}' } = (map?.['data'] ?? {}) as Record<string, string>;
  return (JSON.parse(text) as IntegrityProbeConfig).deployedReferences;
}

/** The legacy probe with the lab's authority beside the public ones, which alone would sign the VM's certificate. */
function trusting(object: ApiObject): ApiObject {
  if (object.kind !== 'CronJob' || object.metadata.name !== probes.legacy) return object;
  const changed = structuredClone(object) as unknown as { spec: JobOfCronJob };
  const { spec } = changed.spec.jobTemplate.spec.template;
  const [container] = spec.containers;
  spec.volumes.push({ name: 'lab-authority', configMap: { name: 'lab-authority' } });
  container.env.push({ name: 'NODE_EXTRA_CA_CERTS', value: '/lab-authority/ca.crt' });
  container.volumeMounts.push({ name: 'lab-authority', mountPath: '/lab-authority' });
  return changed as unknown as ApiObject;
}

interface JobOfCronJob {
  readonly jobTemplate: {
    readonly spec: {
      readonly template: {
        readonly spec: {
          readonly volumes: object[];
          readonly containers: readonly [{ readonly env: object[]; readonly volumeMounts: object[] }];
        };
      };
    };
  };
}

/** A CronJob that needs v2, and a ReplicaSet that a rollback would go back to and needs v3. */
function consumers(): readonly object[] {
  const containers = (version: string): object => ({
    containers: [{ name: 'main', image: `${forgejo.host}/${packagesOwner}/app:${version}` }],
  });
  const labels = { app: 'app' };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'sync', namespace: 'apps' },
      spec: {
        schedule: '0 4 * * *',
        suspend: true,
        jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', ...containers('v2') } } } },
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'app-1', namespace: 'apps' },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: containers('v3') },
      },
    },
  ];
}
