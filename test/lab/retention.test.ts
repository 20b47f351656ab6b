import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startLab, type Lab } from '../../lab/lab';
import { bundle } from '../../programs/bundle';
import { ForgejoApi } from '../../programs/forgejo/api';
import { listVersions } from '../../programs/forgejo/versions';
import { IMAGE_SOURCES } from '../../programs/kubernetes/images';
import { RegistryClient } from '../../programs/oci/client';
import { DEFAULT_POLICY, type RetentionConfig } from '../../programs/retention/config';
import { EXIT } from '../../programs/retention/run';
import { pushImage } from '../support/push-image';
import { applyObjects } from '../../lab/surroundings';
import { describeLab } from './describe-lab';

const HOST = 'forge.example';
const OWNER = 'viktor';

/** The bundle as the CronJob runs it: a process of its own, a ServiceAccount that may only list, real servers around it. */
describeLab('the retention program beside a real API server, Pushgateway and forge', () => {
  const folder = mkdtempSync(join(tmpdir(), 'retention-'));
  let lab: Lab<'forge' | 'kubernetes' | 'pushgateway'>;
  let token: string;
  let api: ForgejoApi;

  beforeAll(async () => {
    lab = await startLab({ forge: true, kubernetes: true, pushgateway: true });
    token = await lab.forge.createToken(await lab.forge.createUser({ name: OWNER }), ['write:package']);
    api = new ForgejoApi({ url: lab.forge.url, owner: OWNER, token });
    const client = new RegistryClient({
      url: lab.forge.url,
      credentials: { username: OWNER, password: token },
    });
    for (const version of ['v1', 'v2', 'v3', 'v4', 'v5'])
      await pushImage(client, `${OWNER}/app`, version, version);
    writeFileSync(join(folder, 'retention.mjs'), bundle('retention'));
    writeFileSync(join(folder, 'forgejo-token'), token);
    const serviceAccount = (name: string): object => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: 'apps' },
    });
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } },
      ...['retention', 'nobody'].map(serviceAccount),
      ...objects(),
    ]);
  }, 1_800_000);
  afterAll(async () => {
    await lab.stop();
    rmSync(folder, { recursive: true });
  }, 60_000);

  const retain = async (
    mode: RetentionConfig['mode'],
    serviceAccount = 'retention',
  ): Promise<{ readonly code: number; readonly output: string }> => {
    const clusterToken = await lab.kubernetes.kubectl(['create', 'token', serviceAccount, '-n', 'apps']);
    writeFileSync(join(folder, 'cluster-token'), clusterToken);
    const config: RetentionConfig = {
      ...DEFAULT_POLICY,
      ...{
        keepNewestTags: 1,
        graceHours: 0,
        maxDeletedShareOfPackage: 1,
        mode,
        owner: OWNER,
        tokenUser: OWNER,
      },
      ...{ forgeUrl: lab.forge.url, registryHosts: [HOST], estateReferences: [] },
      ...{ pushgatewayUrl: lab.pushgateway.url, kubernetesUrl: lab.kubernetes.url },
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'retention.mjs')], {
        env: {
          RETENTION_CONFIG: join(folder, 'config.json'),
          FORGEJO_TOKEN_FILE: join(folder, 'forgejo-token'),
          KUBERNETES_TOKEN_FILE: join(folder, 'cluster-token'),
          NODE_EXTRA_CA_CERTS: lab.kubernetes.caFile,
        },
      });
      return { code: 0, output: stdout };
    } catch (error) {
      const { code, stdout } = error as { code: number; stdout: string };
      return { code, output: stdout };
    }
  };
  const tags = async (): Promise<readonly string[]> =>
    (await listVersions(api))
      .filter((version) => version.package === 'app')
      .map(({ name }) => name)
      .sort();

  it('refuses when its ServiceAccount may not list what the cluster runs', async () => {
    const { code, output } = await retain('observe', 'nobody');

    expect({ code, output }).toEqual({
      code: EXIT.refused,
      output: expect.stringMatching(/GET .*: refused, got 403/),
    });
  }, 60_000);

  it('observes first and deletes nothing; enforces, and what a CronJob and a rolled back Deployment need stays', async () => {
    const observed = await retain('observe');
    expect(observed).toEqual({
      code: EXIT.done,
      output: expect.stringContaining('plans to delete viktor/app:v1'),
    });
    expect(await tags()).toEqual(['v1', 'v2', 'v3', 'v4', 'v5']);
    expect(await lab.pushgateway.metrics()).toMatch(
      /forgejo_retention_packages_expected\{instance="forge.example",job="forgejo-retention",owner="viktor"\} 1/,
    );

    const enforced = await retain('enforce');
    expect({ code: enforced.code, tags: await tags() }).toEqual({
      code: EXIT.done,
      tags: ['v2', 'v3', 'v5'],
    });
    expect(await lab.pushgateway.metrics()).toMatch(/forgejo_retention_tags_deleted\{[^}]*\} 2/);

    expect(await retain('enforce')).toEqual({
      code: EXIT.done,
      output: expect.stringContaining('deletes 0 tags'),
    });
  }, 180_000);
});

/** A CronJob that needs v2, a ReplicaSet that a rollback would go back to and needs v3, and the right to list. */
function objects(): readonly object[] {
  const containers = (version: string): object => ({
    containers: [{ name: 'main', image: `${HOST}/${OWNER}/app:${version}` }],
  });
  const labels = { app: 'app' };
  const rules = ['', 'apps', 'batch'].map((group) => ({
    apiGroups: [group],
    resources: IMAGE_SOURCES.filter(({ path }) =>
      path.startsWith(group === '' ? '/api/' : `/apis/${group}/`),
    ).map(({ path }) => path.split('/').at(-1)),
    verbs: ['list'],
  }));
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'retention' },
      rules,
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'retention' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'retention' },
      subjects: [{ kind: 'ServiceAccount', name: 'retention', namespace: 'apps' }],
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'sync', namespace: 'apps' },
      spec: {
        schedule: '0 4 * * *',
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
