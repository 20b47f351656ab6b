import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { programs } from '../../estate/programs';
import { findTool } from '../../lab/programs/find-tool';
import { runOk } from '../../terminal/run';
import { eventually } from '../lab/eventually';
import { noTraces, startLabBeside, tracesOf, type LabBeside } from '../lab/lab-beside';
import { describePods } from './describe-pods';

describePods('a lab that runs pods', () => {
  const beside: LabBeside[] = [];
  const startBeside = async (): Promise<LabBeside> => {
    const lab = await startLabBeside({ pushgateway: true, pods: true });
    beside.push(lab);
    return lab;
  };
  afterEach(async () => {
    for (const lab of beside.splice(0)) await lab.stop();
  }, 120_000);

  it('leaves nothing of nodes, shims and pods; nor does a killed one after the next lab', async () => {
    const interfacesBefore = await interfaces();
    const first = await startBeside();
    await runPod(first);
    const up = tracesOf(first.folder);
    expect(up.processes.filter((line) => line.includes('containerd-shim-runc-v2'))).toHaveLength(1);
    expect(up.processes.filter((line) => line.includes('setInterval'))).toHaveLength(1);
    expect(up).toMatchObject({ mounts: [], hasCgroups: true, hasFolder: true });
    expect(await interfaces()).toEqual(interfacesBefore);

    await first.stop();
    expect(tracesOf(first.folder)).toEqual(noTraces);

    const killed = await startBeside();
    await runPod(killed);
    await killed.kill();
    expect(tracesOf(killed.folder)).toMatchObject({ processes: [], mounts: [] });
    expect(await interfaces()).toEqual(interfacesBefore);

    const next = await startBeside();
    expect(tracesOf(killed.folder)).toEqual(noTraces);
    await runPod(next);
    await next.stop();
    expect(tracesOf(next.folder)).toEqual(noTraces);
    expect(await interfaces()).toEqual(interfacesBefore);
  }, 600_000);

  it('runs pods beside another, whose pods it leaves when it ends', async () => {
    const [first, second] = [await startBeside(), await startBeside()];
    await runPod(first);
    await runPod(second);

    await first.stop();
    expect(tracesOf(first.folder)).toEqual(noTraces);
    expect(await kubectl(second, ['exec', 'pod', '--', 'node', '-p', '6 * 7'])).toBe('42\n');
  }, 600_000);
});

async function kubectl(lab: LabBeside, args: readonly string[], input = ''): Promise<string> {
  const { path } = await findTool('kubectl');
  const folder = join(lab.folder, 'kube-apiserver');
  const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') };
  return runOk(path, args, { cwd: folder, env, input });
}

async function runPod(lab: LabBeside): Promise<void> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod' },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 300,
      containers: [
        { name: 'main', image: programs.image, command: ['node', '-e', 'setInterval(() => undefined, 1e6)'] },
      ],
    },
  };
  await eventually('the default ServiceAccount', () =>
    kubectl(lab, ['get', 'serviceaccount', 'default']).catch(() => undefined),
  );
  await kubectl(lab, ['apply', '-f', '-'], JSON.stringify(pod));
  await kubectl(lab, ['wait', '--for=condition=Ready', 'pod/pod', '--timeout=60s']);
}

async function interfaces(): Promise<string> {
  return runOk('ip', ['-brief', 'link']);
}
