import { renameSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startLab, type Lab } from '../../lab/runs/lab';
import { podRoutes } from '../../lab/machines/pods';
import { addServiceEndpoint } from '../../lab/servers/service-endpoint';
import { applyObjects } from '../../lab/servers/surroundings';
import type { ApiObject } from '../../manifests/api-object';
import { RegistryClient } from '../../clients/oci/client';
import { eventually } from '../lab/eventually';
import { stackObjects } from '../lab/stack-objects';
import { estateAt } from '../support/estates';
import { pushImage } from '../support/push-image';
import { describePods } from './describe-pods';

const estate = estateAt('prepare');
const { forgejo, integrityProbe, programs } = estate;
const probe = 'forgejo-integrity-probe';
const { service: pushgateway, namespace: monitoring } = estate.pushgateway;

describePods('the CronJobs of the stacks, as pods', () => {
  let lab: Lab<'forge' | 'kubernetes' | 'pods' | 'pushgateway'>;
  let applied: readonly ApiObject[];
  let runs = 0;

  beforeAll(async () => {
    lab = await startLab({
      ...{ kubernetes: true, pods: true, pushgateway: true },
      // Where pods reach it. Gitea takes Basic everywhere in its registry but at /v2/ itself, Forgejo 11 there too:
      // with a public address as root, the probe would be sent to a realm whose certificate only the lab trusts.
      forge: { rootUrl: `http://forgejo.${forgejo.namespace}.svc.cluster.local` },
    });
    const owner = await lab.forge.createUser({ name: forgejo.packages.owner });
    const token = await lab.forge.createToken(owner, ['write:package']);
    const puller = await lab.forge.createUser({ name: 'cluster-puller' });
    const pullToken = await lab.forge.createToken(puller, ['read:package']);
    const registry = new RegistryClient({
      url: lab.forge.url,
      credentials: { username: owner.name, password: token },
    });
    for (const tag of ['v1', 'v2']) await pushImage(registry, `${owner.name}/app`, tag, tag);

    const vault = {
      forgejo_viktor: { forgejo_cleanup_token: token },
      registry_probes: { forgejo_pull_token: pullToken },
    };
    const stacks = [
      await stackObjects(estate, 'forgejo', { vault, files: certificateFiles }),
      await stackObjects(estate, 'monitoring', { vault }),
    ];
    // The forge is a process here, and nobody asks for it by Traefik.
    applied = stacks.flat().filter(({ kind }) => !['Deployment', 'Middleware'].includes(kind));
    await applyObjects(lab.kubernetes, [
      ...[forgejo.namespace, monitoring].map((name) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      })),
      ...applied,
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: pushgateway, namespace: monitoring },
        spec: { ports: [{ port: estate.pushgateway.port }] },
      },
    ]);
    await addServiceEndpoint(lab.kubernetes, {
      ...{ namespace: forgejo.namespace, service: 'forgejo' },
      ...{ address: podRoutes.forge.address, ports: [{ port: podRoutes.forge.port }] },
    });
    await addServiceEndpoint(lab.kubernetes, {
      ...{ namespace: monitoring, service: pushgateway },
      ...{ address: podRoutes.pushgateway.address, ports: [{ port: podRoutes.pushgateway.port }] },
    });
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  /** Starts the Job that a CronJob would start at its time, and waits for its pod to end. */
  const run = async (namespace: string, cronJob: string): Promise<Ended> => {
    const job = `${cronJob}-${(runs += 1)}`;
    await lab.kubernetes.kubectl(['create', 'job', '-n', namespace, job, `--from=cronjob/${cronJob}`]);
    const pod = await eventually(`the end of job ${job}`, async () => {
      const selector = `labelSelector=job-name%3D${job}`;
      const { body } = await lab.kubernetes.request({
        path: `/api/v1/namespaces/${namespace}/pods?${selector}`,
      });
      const [first] = (body as { items: Pod[] }).items;
      return exitCodeOf(first) === undefined ? undefined : first;
    });
    const output = await lab.kubernetes.kubectl(['logs', '-n', namespace, `job/${job}`]);
    return { job, pod, exitCode: exitCodeOf(pod), output };
  };

  it('retention reads the cluster and the forge, says its plan, deletes nothing and tells the Pushgateway', async () => {
    const { exitCode, output } = await run(forgejo.namespace, 'forgejo-cleanup');

    expect({ exitCode, output }).toEqual({
      exitCode: 0,
      output: expect.stringContaining('deletes 0 tags'),
    });
    expect(await lab.pushgateway.metrics()).toMatch(
      new RegExp(`forgejo_retention_packages_expected\\{instance="${forgejo.host}",.*\\} 1\n`),
    );
  });

  it('the integrity probe walks every image and tells the Pushgateway', async () => {
    const { exitCode, output } = await run(integrityProbe.namespace, probe);

    expect({ exitCode, output }).toEqual({
      exitCode: 0,
      output: expect.stringContaining(`${forgejo.host}: healthy, 1 of 1 repositories, 2 tags`),
    });
    expect(await lab.pushgateway.metrics()).toMatch(
      new RegExp(`registry_manifest_integrity_tags_checked\\{instance="${forgejo.host}",.*\\} 2\n`),
    );
  });

  it('a found fault fails the Job at its first pod: another try would find it again', async () => {
    const { packageStorage } = lab.forge;
    renameSync(packageStorage, `${packageStorage}-gone`);
    const { job, exitCode } = await run(integrityProbe.namespace, probe);
    renameSync(`${packageStorage}-gone`, packageStorage);

    const conditions = await eventually(`the failure of job ${job}`, async () => {
      const path = `/apis/batch/v1/namespaces/${integrityProbe.namespace}/jobs/${job}`;
      const { status } = (await lab.kubernetes.request({ path })).body as {
        status: { conditions?: Condition[] };
      };
      return status.conditions?.some(({ type }) => type === 'Failed') === true
        ? status.conditions
        : undefined;
    });
    expect({ exitCode, reason: conditions.find(({ type }) => type === 'Failed')?.reason }).toEqual({
      exitCode: 2,
      reason: 'BackoffLimitExceeded',
    });
  });

  it('the pods are those of the synthesized CronJobs: image, command, rights and limits', async () => {
    const [cronJob] = applied.filter(({ kind, metadata }) => kind === 'CronJob' && metadata.name === probe);
    const template = (cronJob as unknown as CronJob).spec.jobTemplate.spec.template;
    const { pod } = await run(integrityProbe.namespace, probe);
    const [container] = template.spec.containers;
    expect(container?.image).toBe(programs.image);
    expect(pod.spec.containers[0]).toMatchObject(container ?? {});
    expect(pod.spec.securityContext).toEqual(template.spec.securityContext);
  });
});

interface PodSpec {
  readonly containers: readonly { readonly image: string }[];
  readonly securityContext: object;
}

interface Pod {
  readonly spec: PodSpec;
  readonly status: {
    readonly containerStatuses?: readonly {
      readonly state: { readonly terminated?: { readonly exitCode: number } };
    }[];
  };
}

interface CronJob {
  readonly spec: {
    readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: PodSpec } } };
  };
}

interface Condition {
  readonly type: string;
  readonly reason: string;
}

interface Ended {
  readonly job: string;
  readonly pod: Pod;
  readonly exitCode: number | undefined;
  readonly output: string;
}

function exitCodeOf(pod: Pod | undefined): number | undefined {
  return pod?.status.containerStatuses?.[0]?.state.terminated?.exitCode;
}

const certificateFiles = { 'secrets/fullchain.pem': 'certificate', 'secrets/privkey.pem': 'key' };
