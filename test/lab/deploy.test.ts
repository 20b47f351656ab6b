import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CiSet } from '../../estate/derived/ci-deployments';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { existing } from '../../lab/servers/existing';
import { applyObjects } from '../../lab/servers/apply-objects';
import { mustSucceed } from '../../lab/servers/vault';
import { deployPipeline, type DeployProps } from '../../pipelines/deploy';
import { run, type Ran } from '../../terminal/run';
import { deployOf } from '../../trees/github-builds';
import { estateAt } from '../support/estates';
import { hostile, namedByPeople } from '../support/hostile';
import { describeLab } from './describe-lab';
import { eventually } from './eventually';
import { grant, reviewTokens, tokenOf } from './vault-access';

const estate = estateAt('prepare');
const script = join(__dirname, '../../pipelines/deploy.sh');
const sha = '8f3c0a1d99e4b7c6a5d4e3f2a1b0c9d8e7f6a5b4';
const owned: readonly CiSet[] = [
  { namespace: 'site', name: 'web', containers: ['migrate', 'web'], image: 'docker.io/me/web' },
  { namespace: 'jobs', name: 'worker', containers: ['worker'], image: 'ghcr.io/me/worker' },
];

const isOwn = existing('vault') === undefined && existing('kubernetes') === undefined;
if (!isOwn)
  console.warn(
    'skipped, for roles have the homelab’s own names (LAB_EXISTING): a deploy with its own account',
  );

(isOwn ? describeLab : describe.skip)('a deploy', () => {
  let lab: Lab<'kubernetes' | 'controllers' | 'vault'>;
  let folder: string;
  let kubectl: string;
  let slack: Server;
  let told: unknown[];
  let status = 200;
  const props = (): DeployProps => {
    const project = estate.githubProjects.find(({ deploys = [] }) => deploys.length > 0);
    const of = project === undefined ? undefined : deployOf(estate, project);
    if (of === undefined) throw new Error('the estate has a deploy');
    return { ...of, deployments: owned, vault: { ...of.vault, address: lab.vault.url } };
  };

  beforeAll(async () => {
    lab = await startLab({ kubernetes: true, controllers: true, vault: true });
    folder = mkdtempSync(join(tmpdir(), 'deploy-'));
    kubectl = dirname((await findTool('kubectl')).path);
    slack = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        told.push(JSON.parse(body));
        response.writeHead(status).end('ok');
      });
    });
    await new Promise<void>((resolve) => slack.listen(0, '127.0.0.1', resolve));
    const { namespace } = estate.woodpecker;
    const { serviceAccount } = estate.vault.consumers.deploy;
    await reviewTokens(lab, namespace, ['default', serviceAccount]);
    await grant(lab, estate);
    copyFileSync(lab.kubernetes.caFile, join(folder, 'ca.crt'));
    writeFileSync(join(folder, 'token'), await tokenOf(lab, namespace, serviceAccount));
    const vaultAccount = { kind: 'ServiceAccount', name: 'vault', namespace };
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'vault', namespace } },
      {
        ...{
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'vault' },
        },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [vaultAccount],
      },
      // As the tree has it: nothing may be watched.
      {
        ...{
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { name: 'ci-deployer' },
        },
        rules: [
          { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'patch'] },
          { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
        ],
      },
    ]);
    const { status: built } = await lab.vault.request({
      method: 'POST',
      path: 'sys/mounts/kubernetes',
      body: { type: 'kubernetes' },
    });
    if (built >= 300)
      await mustSucceed(lab.vault, {
        method: 'POST',
        path: 'sys/mounts/kubernetes',
        body: { type: 'kubernetes-accounts' },
      });
    await mustSucceed(lab.vault, {
      ...{ method: 'POST', path: 'kubernetes/config' },
      body: {
        kubernetes_host: lab.kubernetes.url,
        kubernetes_ca_cert: readFileSync(lab.kubernetes.caFile, 'utf8'),
        service_account_jwt: await tokenOf(lab, namespace, 'vault'),
      },
    });
    await mustSucceed(lab.vault, {
      ...{ method: 'POST', path: 'kubernetes/roles/ci-deployer' },
      body: {
        ...{ allowed_kubernetes_namespaces: ['*'], token_default_ttl: '30m', token_max_ttl: '1h' },
        ...{ kubernetes_role_name: 'ci-deployer', kubernetes_role_type: 'ClusterRole' },
      },
    });
  }, 1_800_000);
  afterAll(async () => {
    await new Promise((resolve) => slack.close(resolve));
    rmSync(folder, { recursive: true });
    await lab.stop();
  }, 60_000);
  beforeEach(() => {
    told = [];
    status = 200;
  });
  const place = async (): Promise<void> => {
    await applyObjects(
      lab.kubernetes,
      ['site', 'jobs'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    );
    await applyObjects(lab.kubernetes, [
      deployment('site', 'web', ['migrate'], ['web', 'proxy']),
      deployment('site', 'beside', [], ['web']),
      deployment('jobs', 'worker', [], ['worker', 'exporter']),
      deployment('jobs', 'web', [], ['web']),
    ]);
  };

  /** Without pods, which nothing here would run. */
  const deployment = (
    namespace: string,
    name: string,
    init: readonly string[],
    all: readonly string[],
    replicas = 0,
  ): object => {
    const container = (each: string): object => ({ name: each, image: `example.org/${each}:before` });
    return {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace } },
      spec: {
        ...{ replicas, selector: { matchLabels: { app: name } }, progressDeadlineSeconds: 600 },
        template: {
          metadata: { labels: { app: name } },
          spec: { initContainers: init.map(container), containers: all.map(container) },
        },
      },
    };
  };
  /** `namespace/Deployment container=image` of all there are. */
  const images = async (): Promise<readonly string[]> => {
    const template =
      '{{range .items}}{{$of := printf "%s/%s" .metadata.namespace .metadata.name}}{{range .spec.template.spec.initContainers}}{{$of}} {{.name}}={{.image}}\n{{end}}{{range .spec.template.spec.containers}}{{$of}} {{.name}}={{.image}}\n{{end}}{{end}}';
    const out = await lab.kubernetes.kubectl(['get', 'deployments', '-A', '-o', `go-template=${template}`]);
    return out.trim().split('\n').sort();
  };
  /** The step of the pipeline, as Woodpecker runs it. */
  const step = (
    index: 0 | 1,
    environment: Readonly<Record<string, string>> = {},
    deployments: readonly CiSet[] = owned,
  ): Promise<Ran> => {
    const each = deployPipeline({ ...props(), deployments }).steps[index];
    if (each === undefined || !('commands' in each)) throw new Error('the step has commands');
    const { hostname, port } = new URL(lab.kubernetes.url);
    return run('sh', ['-ec', each.commands.join('\n').replace('ci/deploy.sh', script)], {
      cwd: folder,
      env: {
        ...{ PATH: `${kubectl}:${process.env['PATH'] ?? ''}`, SERVICE_ACCOUNT: folder },
        ...{ KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
        ...(index === 0 ? (each.environment as Record<string, string>) : { SLACK_WEBHOOK: webhook() }),
        CI_COMMIT_SHA: sha,
        ...environment,
      },
    });
  };
  const webhook = (): string => `http://127.0.0.1:${(slack.address() as AddressInfo).port}/services/T0/B0/x`;

  it('changes exactly the containers that CI owns, and leaves no account behind', async () => {
    await place();
    const { code, stdout, stderr } = await step(0);

    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('site/web/migrate,web: runs 8f3c0a1d\njobs/worker/worker: runs 8f3c0a1d\n');
    expect(await images()).toEqual([
      'jobs/web web=example.org/web:before',
      'jobs/worker exporter=example.org/exporter:before',
      'jobs/worker worker=ghcr.io/me/worker:8f3c0a1d',
      'site/beside web=example.org/web:before',
      'site/web migrate=docker.io/me/web:8f3c0a1d',
      'site/web proxy=example.org/proxy:before',
      'site/web web=docker.io/me/web:8f3c0a1d',
    ]);
    await eventually('the accounts of the deploy are gone', async () => {
      const accounts = await lab.kubernetes.kubectl(['get', 'serviceaccounts', '-A', '-o', 'name']);
      return accounts.includes('/v-') ? undefined : true;
    });
  });

  it('deploys what was built, not what the branch has become', async () => {
    await place();
    expect((await step(0, { DEPLOY_COMMIT: 'ab'.repeat(20) })).code).toBe(0);
    expect(await images()).toContain('jobs/worker worker=ghcr.io/me/worker:abababab');
  });

  it('changes nothing where one of the containers is not there', async () => {
    const [web, worker] = owned as [CiSet, CiSet];
    await place();
    const before = await images();
    const { code, stderr } = await step(0, {}, [web, { ...worker, containers: ['worker', 'gone'] }]);

    expect(code).toBe(1);
    expect(stderr).toContain('unable to find container named "gone"');
    expect(await images()).toEqual(before);
  });

  it('fails where what was set does not run in time, and says why', async () => {
    await applyObjects(lab.kubernetes, [deployment('jobs', 'worker', [], ['worker', 'exporter'], 1)]);
    const { code, stderr } = await step(0, { ROLLOUT_SECONDS: '1' });

    expect(code).toBe(1);
    expect(stderr).toMatch(/^jobs\/worker\/worker: does not run 8f3c0a1d after 1 s: Waiting for deployment/m);
  });

  it('is refused as another account of the pipelines', async () => {
    const other = mkdtempSync(join(folder, 'default-'));
    copyFileSync(join(folder, 'ca.crt'), join(other, 'ca.crt'));
    writeFileSync(join(other, 'token'), await tokenOf(lab, estate.woodpecker.namespace, 'default'));
    const { code, stderr } = await step(0, { SERVICE_ACCOUNT: other });
    rmSync(other, { recursive: true });

    expect(code).toBe(1);
    expect(stderr).toContain('vault: gives no token for role woodpecker-deployer; apply the stack');
  });

  it.each(hostile)('takes %j for no commit', async (value) => {
    const { code, stderr } = await step(0, { DEPLOY_COMMIT: value });

    expect([code, stderr]).toEqual([
      1,
      'DEPLOY_COMMIT: is no whole commit; start this by the build, or deploy one of its pipelines\n',
    ]);
  });

  it('runs and sets nothing of what people name', async () => {
    await place();
    const names = Object.fromEntries(
      namedByPeople.map((name, index) => [name, hostile[index % hostile.length] ?? '']),
    );
    expect((await step(0, names)).code).toBe(0);

    expect(await images()).toContain('site/web web=docker.io/me/web:8f3c0a1d');
    expect(
      (await run('find', ['.', '-type', 'f'], { cwd: folder })).stdout.trim().split('\n').sort(),
    ).toEqual([...['./ca.crt', './token']]);
  });

  it.each(hostile)('tells Slack nothing of %j that could mean something there', async (value) => {
    const names = Object.fromEntries(namedByPeople.map((name) => [name, value]));
    const { code, stderr } = await step(1, names);

    expect([code, stderr]).toEqual([0, '']);
    expect(told).toEqual([
      {
        text: expect.stringMatching(/^[\w:/. -]*: deploy of [\w:/. -]* at 8f3c0a1d, [\w:/. -]*$/) as unknown,
      },
    ]);
  });

  it.each(['success', 'failure'])('tells Slack of a %s', async (state) => {
    const environment = {
      CI_PIPELINE_STATUS: state,
      CI_REPO: 'me/web',
      CI_PIPELINE_URL: 'https://ci.example/repos/1/pipeline/7',
    };
    expect((await step(1, environment)).code).toBe(0);

    expect(told).toEqual([
      { text: `${state}: deploy of me/web at 8f3c0a1d, https://ci.example/repos/1/pipeline/7` },
    ]);
  });

  it.each([
    ['refuses', (): string => webhook(), 500],
    ['is no address', (): string => 'x; touch ran', 200],
    ['is none', (): string => '', 200],
    ['is a token', (): string => 'xoxb-1-services', 200],
    ['holds options of curl', (): string => `x"\nurl = "${webhook()}`, 200],
  ])('makes no pipeline red where Slack’s webhook %s, and says nothing of it', async (_, url, answer) => {
    status = answer;
    const { code, stdout, stderr } = await step(1, { SLACK_WEBHOOK: url() });

    expect(code).toBe(0);
    expect(stderr).toContain('slack: ');
    expect(stdout + stderr).not.toMatch(/services/u);
    expect(told).toHaveLength(answer === 500 ? 1 : 0);
  });
});
