import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { programs } from '../../estate/programs';
import { cgroupNames } from '../../lab/process/cgroups';
import { findTool } from '../../lab/programs/find-tool';
import { isRunning } from '../../lab/process/process-identity';
import { run, runOk, type Ran } from '../../terminal/run';
import { labFolder, readLabState, type LabState } from '../../lab/process/state';
import { eventually } from '../lab/eventually';
import { describePods } from './describe-pods';

const root = join(__dirname, '../..');
const tsx = join(root, 'node_modules/.bin/tsx');
const labCommand = (...args: readonly string[]): Promise<Ran> =>
  run(tsx, ['commands/main.ts', 'lab', ...args], { cwd: root });

/** What there is of a lab on the machine: all of it bears the lab's name. */
interface Traces {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly hasCgroups: boolean;
  readonly hasFolder: boolean;
}

describePods('./registry lab up --pods', () => {
  // Names of this process, so that labs of other runs are never touched.
  const first = `pods-test-${process.pid}-a`;
  const second = `pods-test-${process.pid}-b`;

  afterEach(async () => {
    await labCommand('down', '--name', first);
    await labCommand('down', '--name', second);
  }, 120_000);

  it('down leaves nothing of nodes, shims and pods; nor does a killed supervisor after the next up', async () => {
    const interfacesBefore = await interfaces();
    expect(await labCommand('up', 'pushgateway', '--pods', '--name', first)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^node-a-kubelet +1\.34\.2 +https:\/\/\S+:10250 /m),
    });
    await runPod(first);
    const up = tracesOf(first);
    expect(up.processes.filter((line) => line.includes('containerd-shim-runc-v2'))).toHaveLength(1);
    expect(up.processes.filter((line) => line.includes('setInterval'))).toHaveLength(1);
    expect(up).toMatchObject({ mounts: [], hasCgroups: true, hasFolder: true });
    expect(await interfaces()).toEqual(interfacesBefore);

    expect(await labCommand('down', '--name', first)).toMatchObject({ code: 0 });
    expect(tracesOf(first)).toEqual(nothing);

    await labCommand('up', 'pushgateway', '--pods', '--name', first);
    await runPod(first);
    const { owner } = stateOf(first);
    process.kill(owner.pid, 'SIGKILL');
    while (isRunning(owner) || tracesOf(first).processes.length > 0) await sleep(50);
    expect(tracesOf(first)).toMatchObject({ processes: [], mounts: [] });
    expect(await interfaces()).toEqual(interfacesBefore);

    expect(await labCommand('up', 'pushgateway', '--pods', '--name', first)).toMatchObject({ code: 0 });
    await runPod(first);
    await labCommand('down', '--name', first);
    expect(tracesOf(first)).toEqual(nothing);
    expect(await interfaces()).toEqual(interfacesBefore);
  }, 600_000);

  it('two labs run pods beside each other, and ending one leaves the other’s', async () => {
    await labCommand('up', 'pushgateway', '--pods', '--name', first);
    await labCommand('up', 'pushgateway', '--pods', '--name', second);
    await runPod(first);
    await runPod(second);

    await labCommand('down', '--name', first);
    expect(tracesOf(first)).toEqual(nothing);
    expect(await kubectl(second, ['exec', 'pod', '--', 'node', '-p', '6 * 7'])).toBe('42\n');
  }, 600_000);
});

const nothing: Traces = { processes: [], mounts: [], hasCgroups: false, hasFolder: false };

function tracesOf(name: string): Traces {
  const folder = labFolder(name);
  return {
    processes: readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .map((pid) => describeProcess(pid))
      .filter((process) => process.includes(name)),
    mounts: readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(name)),
    hasCgroups: cgroupNames(dirname(folder)).includes(name),
    hasFolder: existsSync(folder),
  };
}

/** Where it runs, in which control groups, and its command; a pod's process is known by its control group alone. */
function describeProcess(pid: string): string {
  try {
    const read = (file: string): string => readFileSync(join('/proc', pid, file), 'utf8');
    return [readlinkSync(join('/proc', pid, 'cwd')), read('cgroup'), read('cmdline')]
      .join(' ')
      .replaceAll('\0', ' ');
  } catch {
    return ''; // ended meanwhile
  }
}

function stateOf(name: string): LabState {
  const state = readLabState(name);
  if (state === undefined) throw new Error(`no state of lab "${name}"`);
  return state;
}

async function kubectl(name: string, args: readonly string[], input = ''): Promise<string> {
  const { path } = await findTool('kubectl');
  const folder = join(labFolder(name), 'kube-apiserver');
  const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') };
  return runOk(path, args, { cwd: folder, env, input });
}

async function runPod(name: string): Promise<void> {
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
    kubectl(name, ['get', 'serviceaccount', 'default']).catch(() => undefined),
  );
  await kubectl(name, ['apply', '-f', '-'], JSON.stringify(pod));
  await kubectl(name, ['wait', '--for=condition=Ready', 'pod/pod', '--timeout=60s']);
}

async function interfaces(): Promise<string> {
  return runOk('ip', ['-brief', 'link']);
}
