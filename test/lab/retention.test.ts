import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Estate } from '../../estate/estate';
import type { ClusterNetwork } from '../../lab/network/cluster-network';
import { runCronJob, type CronJobRun } from '../../lab/runs/cron-job-runner';
import { startLab, type Lab } from '../../lab/runs/lab';
import { applyObjects } from '../../lab/servers/surroundings';
import type { ApiObject } from '../../manifests/api-object';
import { ForgejoApi } from '../../clients/forgejo/api';
import { listVersions } from '../../clients/forgejo/versions';
import { RegistryClient } from '../../clients/oci/client';
import { EXIT } from '../../programs/exit-code';
import { estateAt, withTestEvidence } from '../support/estates';
import { pushImage } from '../support/push-image';
import { describeRootLab } from './describe-root-lab';
import { startPodNetwork } from './pod-network';
import { stackObjects } from './stack-objects';

const estate = estateAt('prepare');
const { host, namespace } = estate.forgejo;
const { owner: packagesOwner } = estate.forgejo.packages;

/** Our CronJob as the forgejo stack has it: its ServiceAccount, its Secret, its ConfigMap, real servers around it. */
describeRootLab('the retention CronJob beside a real API server, Pushgateway and forge', () => {
  let lab: Lab<'controllers' | 'forge' | 'kubernetes' | 'pushgateway'>;
  let network: ClusterNetwork;
  let token: string;
  let api: ForgejoApi;

  beforeAll(async () => {
    lab = await startLab({
      controllers: true,
      forge: { rootUrl: `https://${host}` },
      kubernetes: true,
      pushgateway: true,
    });
    token = await lab.forge.createToken(await lab.forge.createUser({ name: packagesOwner }), [
      'write:package',
    ]);
    api = new ForgejoApi({ url: lab.forge.url, owner: packagesOwner, token });
    const client = new RegistryClient({
      url: lab.forge.url,
      credentials: { username: packagesOwner, password: token },
    });
    for (const version of ['v1', 'v2', 'v3', 'v4', 'v5'])
      await pushImage(client, `${packagesOwner}/app`, version, version);

    await applyObjects(lab.kubernetes, await retentionObjects('observe'));
    await applyObjects(lab.kubernetes, consumers());
    network = await startPodNetwork(lab);
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  /** What the forgejo stack has of the CronJob, with a policy that has something to delete at once. */
  const retentionObjects = async (mode: Estate['retention']['mode']): Promise<readonly ApiObject[]> => {
    const retention = {
      ...estate.retention,
      mode,
      keepNewestTags: 1,
      graceHours: 1,
      maxDeletedShareOfPackage: 1,
    };
    const objects = await stackObjects(withTestEvidence({ ...estate, retention }), 'forgejo', {
      vault: { forgejo_viktor: { forgejo_cleanup_token: token } },
    });
    const own = objects.filter(
      ({ kind, metadata }) =>
        kind === 'Namespace' ||
        metadata.name.includes('forgejo-cleanup') ||
        (kind === 'Service' && metadata.name === 'forgejo'),
    );
    // The images are minutes old, and the estate takes no grace below an hour.
    return JSON.parse(
      JSON.stringify(own).replace('\\"graceHours\\": 1,', '\\"graceHours\\": 0,'),
    ) as ApiObject[];
  };
  const retain = (): Promise<CronJobRun> =>
    runCronJob(lab, { kubernetes: lab.kubernetes, network, namespace, name: 'forgejo-cleanup' });
  const tags = async (): Promise<readonly string[]> =>
    (await listVersions(api))
      .filter((version) => version.package === 'app')
      .map(({ name }) => name)
      .sort();

  it('refuses when its ServiceAccount may not list what the cluster runs, and its Job does not try again', async () => {
    const objects = await retentionObjects('observe');
    for (const { kind, metadata } of objects.filter((object) => object.kind === 'ClusterRoleBinding'))
      await lab.kubernetes.kubectl(['delete', kind, metadata.name]);

    expect(await retain()).toEqual({
      code: EXIT.refused,
      output: expect.stringMatching(/GET .*: refused, got 403/),
      verdict: 'Failed: BackoffLimitExceeded',
    });
  });

  it('observes first and deletes nothing; enforces, and what a CronJob and a rolled back Deployment need stays', async () => {
    await applyObjects(lab.kubernetes, await retentionObjects('observe'));
    expect(await retain()).toEqual({
      code: EXIT.done,
      output: expect.stringContaining(`plans to delete ${packagesOwner}/app:v1`),
      verdict: 'Complete',
    });
    expect(await tags()).toEqual(['v1', 'v2', 'v3', 'v4', 'v5']);
    expect(await lab.pushgateway.metrics()).toContain(
      `forgejo_retention_packages_expected{instance="${host}",job="forgejo-retention",owner="${packagesOwner}"} 1`,
    );

    await applyObjects(lab.kubernetes, await retentionObjects('enforce'));
    const { code } = await retain();
    expect({ code, tags: await tags() }).toEqual({ code: EXIT.done, tags: ['v2', 'v3', 'v5'] });
    expect(await lab.pushgateway.metrics()).toMatch(/forgejo_retention_tags_deleted\{[^}]*\} 2/);

    expect(await retain()).toMatchObject({
      code: EXIT.done,
      output: expect.stringContaining('deletes 0 tags'),
    });
  });
});

/** A CronJob that needs v2, and a ReplicaSet that a rollback would go back to and needs v3. */
function consumers(): readonly object[] {
  const containers = (version: string): object => ({
    containers: [{ name: 'main', image: `${host}/${packagesOwner}/app:${version}` }],
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
