import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { startLab, type Lab } from '../../lab/runs/lab';
import { applyObjects } from '../../lab/servers/apply-objects';
import { describeLab } from './describe-lab';

const rules = {
  groups: [
    { name: 'lab', rules: [{ alert: 'LabPushed', expr: 'lab_alarm > 1', labels: { severity: 'none' } }] },
  ],
};

describeLab('the servers of a lab', () => {
  let lab: Lab<'kubernetes' | 'legacyRegistry' | 'pushgateway' | 'prometheus'>;
  beforeAll(async () => {
    lab = await startLab({
      kubernetes: true,
      legacyRegistry: true,
      pushgateway: true,
      prometheus: { rules: [stringify(rules)] },
    });
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  it('the legacy registry answers the distribution API', async () => {
    const response = await fetch(`${lab.legacyRegistry.url}/v2/`);
    expect(response.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
  });

  it('the pushgateway gives back what was pushed', async () => {
    const body = 'lab_pushed_total 3\n';
    await fetch(`${lab.pushgateway.url}/metrics/job/lab`, { method: 'PUT', body });
    expect(await lab.pushgateway.metrics()).toContain('lab_pushed_total{instance="",job="lab"} 3');
  });

  it('a pushed metric reaches Prometheus and fires its rule there', async () => {
    const body = 'lab_alarm 2\n';
    await fetch(`${lab.pushgateway.url}/metrics/job/alarm`, { method: 'PUT', body });
    const alert = 'ALERTS{alertname="LabPushed"}';
    while ((await lab.prometheus.query(alert)).length === 0) await sleep(100);
    expect(await lab.prometheus.query('lab_alarm')).toMatchObject([{ metric: { job: 'alarm' }, value: 2 }]);
    expect(await lab.prometheus.query(alert)).toMatchObject([{ metric: { alertstate: 'firing' }, value: 1 }]);
  });

  it('the API server admits a restricted pod and refuses a privileged one', async () => {
    const namespace = {
      metadata: { name: 'strict', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    };
    await lab.kubernetes.request({ method: 'POST', path: '/api/v1/namespaces', body: namespace });
    // No controller runs here that would make it, and no pod is admitted without it.
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'strict' } },
    ]);
    const pod = (name: string, securityContext: object): object => ({
      metadata: { name },
      spec: { containers: [{ name: 'main', image: 'example.invalid/image:1', securityContext }] },
    });
    const create = (body: object) =>
      lab.kubernetes.request({ method: 'POST', path: '/api/v1/namespaces/strict/pods?dryRun=All', body });

    const restricted = await create(
      pod('restricted', {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      }),
    );
    const privileged = await create(pod('privileged', { privileged: true }));

    expect(restricted.status).toBe(201);
    expect(privileged).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('violates PodSecurity "restricted:latest"') },
    });
  });

  it('kubectl speaks to the API server of its own lab', async () => {
    expect(
      await lab.kubernetes.kubectl([
        'config',
        'view',
        '--minify',
        '-o',
        'jsonpath={.clusters[0].cluster.server}',
      ]),
    ).toBe(lab.kubernetes.url);
  });
});
