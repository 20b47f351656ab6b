import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { programs } from '../../estate/programs';
import { startLab, type Lab } from '../../lab/runs/lab';
import { applyObjects } from '../../lab/servers/apply-objects';
import type { NodeObject } from '../../rollout/cluster';
import { parseNode } from '../../rollout/node';
import { planNode } from '../../rollout/node-plan';
import type { MachineStep } from '../../rollout/machine-step';
import { describePods } from './describe-pods';

const labels = { app: 'web' };
const answer = `require('http').createServer((_, response) => response.end(require('os').hostname())).listen(8080)`;

/** What a rollout does to the machine itself between drain and uncordon: over ssh, which is the rollout suite's. */
const onMachine = (['activate', 'settle'] as const).map((kind): MachineStep => ({
  kind,
  title: kind,
  command: { program: 'ssh', args: ['node-b'], shown: 'ssh node-b' },
  advice: '',
}));

describePods('pods on two nodes', () => {
  let lab: Lab<'kubernetes' | 'pods'>;

  beforeAll(async () => {
    lab = await startLab({ kubernetes: true, pods: { nodes: ['node-a', 'node-b'] } });
    await lab.kubernetes.kubectl(['create', 'namespace', 'web']);
    await lab.kubernetes.kubectl([
      ...['label', 'namespace', 'web', 'pod-security.kubernetes.io/enforce=restricted'],
    ]);
    await applyObjects(lab.kubernetes, [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'web' },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              terminationGracePeriodSeconds: 0,
              securityContext: {
                ...{ runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000 },
                seccompProfile: { type: 'RuntimeDefault' },
              },
              topologySpreadConstraints: [
                {
                  ...{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname' },
                  ...{ whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: labels } },
                },
              ],
              containers: [
                {
                  name: 'web',
                  image: programs.image,
                  command: ['node', '-e', answer],
                  readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 },
                  resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '64Mi' } },
                  securityContext: {
                    ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
                    capabilities: { drop: ['ALL'] },
                  },
                },
              ],
            },
          },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', namespace: 'web' },
        spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
      },
    ]);
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const kubectl = (...args: readonly string[]): Promise<string> =>
    lab.kubernetes.kubectl(['-n', 'web', ...args]);

  /** What a program says that runs in a pod of the Deployment. */
  const inPod = async (program: string): Promise<unknown> =>
    JSON.parse(
      await kubectl('exec', 'deployment/web', '--', 'node', '--input-type=module', '-e', program),
    ) as unknown;
  const nodesOfPods = async (): Promise<readonly string[]> =>
    (await kubectl('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].spec.nodeName}'))
      .split(' ')
      .sort();

  it('have the rights that their security context leaves them, and no others', async () => {
    const program = `
      import { readFileSync, writeFileSync } from 'node:fs';
      const status = Object.fromEntries(readFileSync('/proc/self/status', 'utf8').split('\\n').map((line) => line.split(':\\t')));
      let write = 'done';
      try { writeFileSync('/tmp/file', ''); } catch (error) { write = error.code; }
      console.log(JSON.stringify({
        version: process.version, user: process.getuid(), write,
        capabilities: status.CapEff, seccomp: status.Seccomp, noNewPrivileges: status.NoNewPrivs,
      }));`;
    expect(await inPod(program)).toEqual({
      version: `v${/node:([\d.]+)/.exec(programs.image)?.[1] ?? ''}`,
      user: 1000,
      write: 'EROFS',
      capabilities: '0000000000000000',
      seccomp: '2', // a filter is in force (proc(5))
      noNewPrivileges: '1',
    });
  });

  it('find Services by name and reach pods of both nodes behind them, and the API server', async () => {
    const program = `
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      const hosts = new Set();
      // kube-proxy learns in its own time which pods there are.
      for (const end = Date.now() + 20_000; hosts.size < 2 && Date.now() < end; ) {
        const host = await fetch('http://web', { headers: { connection: 'close' } }).then((answer) => answer.text(), () => '');
        if (host !== '') hosts.add(host);
      }
      const api = await fetch('https://kubernetes.default.svc.cluster.local/version');
      console.log(JSON.stringify({ hosts: hosts.size, api: (await api.json()).gitVersion }));`;
    expect(await inPod(program)).toEqual({ hosts: 2, api: `v${lab.kubernetes.version}` });
  });

  it('reach nothing else: no other name exists, and no address outside answers', async () => {
    const program = `
      const code = (error) => (error.cause ?? error).code;
      console.log(JSON.stringify(await Promise.all(
        ['http://registry-1.docker.io', 'http://192.0.2.1', 'http://10.0.20.99'].map((url) =>
          fetch(url, { signal: AbortSignal.timeout(5000) }).then(() => 'answered', code)))));`;
    expect(await inPod(program)).toEqual(['ENOTFOUND', 'ENETUNREACH', 'ECONNREFUSED']);
  });

  it('leave a node as a rollout drains it, one at a time as their budget says, and may come back', async () => {
    expect(await nodesOfPods()).toEqual(['node-a', 'node-b']);
    await kubectl('create', 'poddisruptionbudget', 'web', '--selector=app=web', '--min-available=1');
    const node = JSON.parse(await kubectl('get', 'node', 'node-b', '-o', 'json')) as NodeObject;
    const steps = planNode(parseNode(node), { steps: onMachine, needsDrain: true }, 60);

    for (const { kind, command } of steps) {
      if (command.program === 'kubectl') await lab.kubernetes.kubectl(command.args);
      if (kind !== 'drain') continue;
      await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
      expect(await nodesOfPods()).toEqual(['node-a', 'node-a']);
    }
    expect(steps.map(({ kind }) => kind)).toEqual([
      ...['cordon', 'drain', 'activate', 'wait-ready', 'settle', 'uncordon'],
    ]);

    await kubectl('delete', 'poddisruptionbudget', 'web');
    await kubectl('scale', 'deployment/web', '--replicas=0');
    await kubectl('wait', '--for=delete', 'pod', '-l', 'app=web', '--timeout=60s');
    await kubectl('scale', 'deployment/web', '--replicas=2');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    expect(await nodesOfPods()).toEqual(['node-a', 'node-b']);
  });
});
