import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startClusterNetwork, type ClusterNetwork } from '../../lab/network/cluster-network';
import { runCronJob, type CronJobRun } from '../../lab/runs/cron-job-runner';
import { startLab, type Lab } from '../../lab/runs/lab';
import { applyObjects } from '../../lab/servers/surroundings';
import { describeRootLab } from './describe-root-lab';

const namespace = 'runner';

/** What a container finds around it, as it sees it itself. */
const look = `
  const { readFileSync, readdirSync, writeFileSync } = require('node:fs');
  const refusalOf = (act) => { try { act(); return 'allowed'; } catch ({ code }) { return code; } };
  const status = readFileSync('/proc/self/status', 'utf8');
  const token = readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8');
  const { TEXT, WORD, NAME, from_secret, KUBERNETES_SERVICE_HOST } = process.env;
  console.log(JSON.stringify({
    environment: { TEXT, WORD, NAME, from_secret, KUBERNETES_SERVICE_HOST },
    files: { config: readFileSync('/config/sub/text', 'utf8'), secret: readdirSync('/secret') },
    subject: JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString('utf8')).sub,
    identity: [process.getuid(), process.getgid(), process.getgroups()],
    capabilities: /CapEff:\\s*(\\S+)/.exec(status)[1],
    root: refusalOf(() => writeFileSync('/file', '')),
    config: refusalOf(() => writeFileSync('/config/file', '')),
    machine: refusalOf(() => readdirSync('/root')),
    scratch: refusalOf(() => writeFileSync('/scratch/file', '')),
  }));`;

describeRootLab('a CronJob that runs without a kubelet', () => {
  let lab: Lab<'controllers' | 'kubernetes'>;
  let network: ClusterNetwork;
  beforeAll(async () => {
    lab = await startLab({ controllers: true, kubernetes: true });
    network = await startClusterNetwork(lab, []);
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reader', namespace } },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'map', namespace },
        data: { text: 'of a map' },
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'secret', namespace },
        stringData: { from_secret: 'word' },
      },
    ]);
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const runIn = async (name: string, pod: object, container: object): Promise<CronJobRun> => {
    const spec = {
      ...{ restartPolicy: 'Never', serviceAccountName: 'reader', ...pod },
      containers: [{ name: 'main', image: 'example.invalid/node:22', ...container }],
    };
    await applyObjects(lab.kubernetes, [
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name, namespace },
        spec: {
          ...{ schedule: '0 4 * * *', suspend: true },
          jobTemplate: { spec: { backoffLimit: 0, template: { spec } } },
        },
      },
    ]);
    return runCronJob(lab, { kubernetes: lab.kubernetes, network, namespace, name });
  };
  const user = { securityContext: { runAsUser: 1000, runAsGroup: 1000 } };

  it('finds what its pod names, where it names it, and has no power beside', async () => {
    const { code, output, verdict } = await runIn(
      'look',
      {
        ...user,
        volumes: [
          { name: 'config', configMap: { name: 'map', items: [{ key: 'text', path: 'sub/text' }] } },
          { name: 'secret', secret: { secretName: 'secret' } },
          { name: 'scratch', emptyDir: {} },
        ],
      },
      {
        command: ['node', '-e'],
        args: [look],
        env: [
          { name: 'TEXT', valueFrom: { configMapKeyRef: { name: 'map', key: 'text' } } },
          { name: 'WORD', valueFrom: { secretKeyRef: { name: 'secret', key: 'from_secret' } } },
          { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
        ],
        envFrom: [{ secretRef: { name: 'secret' } }],
        securityContext: { readOnlyRootFilesystem: true },
        volumeMounts: [
          { name: 'config', mountPath: '/config', readOnly: true },
          { name: 'secret', mountPath: '/secret', readOnly: true },
          { name: 'scratch', mountPath: '/scratch' },
        ],
      },
    );
    expect({ code, verdict, output: JSON.parse(output) as unknown }).toEqual({
      code: 0,
      verdict: 'Complete',
      output: {
        environment: {
          ...{ TEXT: 'of a map', WORD: 'word', NAME: namespace, from_secret: 'word' },
          KUBERNETES_SERVICE_HOST: '10.96.0.1',
        },
        files: { config: 'of a map', secret: ['from_secret'] },
        subject: `system:serviceaccount:${namespace}:reader`,
        identity: [1000, 1000, [1000]],
        capabilities: '0000000000000000',
        root: 'EROFS',
        config: 'EROFS',
        machine: 'ENOENT',
        scratch: 'allowed',
      },
    });
  });

  it('is not started when it would run as root, or names what is not there', async () => {
    await expect(runIn('root', {}, { command: ['true'] })).rejects.toThrow(
      'the lab runs no pod as root, got user 0',
    );
    const valueFrom = { secretKeyRef: { name: 'secret', key: 'other' } };
    await expect(
      runIn('missing', user, { command: ['true'], env: [{ name: 'WORD', valueFrom }] }),
    ).rejects.toThrow('variable "WORD" of container "main": no key "other", got "from_secret"');
  });

  it('fails as its program does, and its Job with it', async () => {
    const run = await runIn('fails', user, { command: ['sh', '-c', 'echo said >&2; exit 7'] });
    expect(run).toEqual({ code: 7, output: 'said\n', verdict: 'Failed: BackoffLimitExceeded' });
  });
});
