import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Machine } from '../../lab/machine';
import { run, type Ran } from '../../lab/run';
import { applyObjects } from '../../lab/surroundings';
import { rolloutAnnotation } from '../../rollout/node';
import { describeRootLab } from './describe-root-lab';
import type { Kill } from './rollout-driver';
import { startRolloutLab, type RolloutLab } from './rollout-fixture';

const image = 'registry.viktorbarzin.me/infra-ci:latest';

/** What is compared of a node: its files, what waits for a later rollout, what its containerd has pulled, its cordon. */
interface NodeState {
  readonly files: string;
  readonly pending: string;
  readonly images: readonly string[];
  readonly unschedulable: boolean;
  readonly marked: boolean;
  readonly pods: readonly string[];
}

describeRootLab('a rollout over three nodes', () => {
  let lab: RolloutLab;
  beforeAll(async () => {
    lab = await startRolloutLab();
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const rollout = (
    args: readonly string[],
    { phase = 'prepare', kill }: { phase?: string; kill?: Kill } = {},
  ): Promise<Ran> => {
    const told = [
      phase,
      kill === undefined ? '' : JSON.stringify(kill),
      ...args,
      '--ssh-config',
      lab.sshConfig,
    ];
    return run(process.execPath, [lab.driver, ...told], { env: lab.environment });
  };
  const machineAt = (place: 0 | 1 | 2): Machine => lab.machines[place] as Machine;
  const kubectl = (...args: readonly string[]): Promise<string> => lab.lab.kubernetes.kubectl(args);
  const stateOf = async ({ name, execute }: Machine): Promise<NodeState> => {
    const node = JSON.parse(await kubectl('get', 'node', name, '-o', 'json')) as {
      metadata: { annotations?: Record<string, string> };
      spec: { unschedulable?: boolean };
    };
    const pods = await kubectl('get', 'pods', '-o', 'name', `--selector=node=${name}`);
    const managed = ['/etc/containerd', '/etc/kubernetes', '/etc/systemd', '/etc/sysctl.d'];
    return {
      files: await execute('sh', '-c', `find ${managed.join(' ')} -type f -exec sha256sum {} + | sort -k2`),
      pending: await execute('sh', '-c', 'ls /var/lib/registry-consolidation/pending 2>/dev/null || true'),
      images: (await execute('ctr', '--namespace', 'k8s.io', 'images', 'ls', '-q'))
        .split('\n')
        .filter((name) => name.includes('infra-ci:')),
      unschedulable: node.spec.unschedulable === true,
      marked: rolloutAnnotation in (node.metadata.annotations ?? {}),
      pods: pods.split('\n').filter((name) => name !== ''),
    };
  };
  const restartsOf = async ({ execute }: Machine): Promise<number> =>
    (await execute('cat', '/var/log/systemctl')).split('\n').filter((line) => line === 'restart containerd')
      .length;
  const breakRegistry = ({ execute }: Machine): Promise<string> =>
    execute('sh', '-c', 'sed s/10.0.20.10/10.0.20.66/ /etc/hosts >/tmp/hosts; cat /tmp/hosts >/etc/hosts');
  // containerd remembers names for five seconds.
  const repairRegistry = ({ execute }: Machine): Promise<string> =>
    execute(
      'sh',
      '-c',
      'sed s/10.0.20.66/10.0.20.10/ /etc/hosts >/tmp/hosts; cat /tmp/hosts >/etc/hosts; systemctl restart containerd',
    );
  const done = { pending: '', images: [image], unschedulable: false, marked: false, pods: [] };

  describe('of which the second cannot pull', () => {
    let plan: Ran, first: Ran, resumed: Ran, again: Ran, planned: Ran;
    let before: readonly NodeState[], stopped: readonly NodeState[], after: readonly NodeState[];
    let restarts: readonly number[];
    const all = (): Promise<NodeState[]> => Promise.all(lab.machines.map(stateOf));
    beforeAll(async () => {
      await Promise.all(lab.machines.map((machine) => lab.reset(machine)));
      before = await all();
      await breakRegistry(machineAt(1));
      plan = await rollout(['plan']);
      first = await rollout(['apply']);
      stopped = await all();
      await repairRegistry(machineAt(1));
      resumed = await rollout(['apply', '--from', 'k8s-node2']);
      after = await all();
      restarts = await Promise.all(lab.machines.map(restartsOf));
      again = await rollout(['apply']);
      planned = await rollout(['plan']);
    }, 300_000);

    it('is planned with the commands that it runs, and the plan changes nothing', () => {
      expect(plan.stderr).toBe('');
      expect(plan.code).toBe(2);
      expect(plan.stdout).toContain(
        'kubectl drain k8s-node3 --ignore-daemonsets --delete-emptydir-data --timeout=600s',
      );
      expect(plan.stdout).toContain('+config_path = "/etc/containerd/certs.d"');
      expect(plan.stdout).not.toMatch(/pull-password|--force|--disable-eviction/);
      expect(before.map(({ pods }) => pods.length)).toEqual([2, 2, 2]);
    });

    it('stops there, and names the node, the reason and the command that goes on', () => {
      expect(first.code).toBe(1);
      expect(first.stderr).toMatch(
        /^k8s-node2: pull registry\.viktorbarzin\.me\/infra-ci:latest failed, got ".*connection refused/,
      );
      expect(first.stderr).toContain(
        'k8s-node2: it stays cordoned until a rollout finishes it\nnot begun: k8s-node3\n',
      );
      expect(first.stderr).toContain('then: npm run nodes -- apply --ssh-config');
      expect(first.stderr).toContain('--from k8s-node2');
    });

    it('leaves the first node finished, the second cordoned and the third untouched', () => {
      const [node1, node2, node3] = stopped;
      expect(node1).toMatchObject(done);
      expect(node2).toMatchObject({ unschedulable: true, marked: true, images: [], pending: 'verify\n' });
      expect(node3).toEqual(before[2]);
    });

    it('finishes after the repair, with a real pull by every node and one restart each, but for the repair', () => {
      expect(resumed.stderr).toBe('');
      expect(resumed.code).toBe(0);
      for (const node of after) expect(node).toEqual({ ...done, files: after[0]?.files });
      expect(restarts).toEqual([1, 2, 1]);
    });

    it('removes what the predecessor left', () => {
      expect(before[0]?.files).toContain('certs.d/forgejo.viktorbarzin.me');
      expect(after[0]?.files).not.toContain('certs.d/forgejo.viktorbarzin.me');
    });

    it('finds nothing to do afterwards', () => {
      expect(again).toEqual({ code: 0, stdout: 'nothing to do\n', stderr: '' });
      expect(planned.code).toBe(0);
      expect(planned.stdout).toBe(
        'k8s-node1: nothing to do\n\nk8s-node2: nothing to do\n\nk8s-node3: nothing to do\n',
      );
    });

    it('prints no credential', () => {
      for (const { stdout, stderr } of [plan, first, resumed, again])
        expect(stdout + stderr).not.toContain('pull-password');
    });
  });

  it('ends in the same state however often it is killed', async () => {
    const [interrupted, whole] = [machineAt(0), machineAt(1)];
    await Promise.all([lab.reset(interrupted), lab.reset(whole)]);
    expect(await rollout(['apply', '--only', whole.name])).toMatchObject({ code: 0, stderr: '' });
    const only = ['apply', '--only', interrupted.name];
    const old = await interrupted.execute('cat', '/etc/containerd/config.toml');
    const kills: readonly Kill[] = [
      { when: 'after', step: 'cordon' },
      { when: 'during', step: 'write /etc/containerd/config.toml' },
      { when: 'after', step: 'write /etc/containerd/config.toml' },
      { when: 'before', step: 'restart containerd' },
      { when: 'after', step: 'restart containerd' },
      { when: 'after', step: 'remove' },
      { when: 'after', step: 'pull' },
      { when: 'before', step: 'uncordon' },
      { when: 'after', step: 'uncordon' },
    ];
    for (const kill of kills) {
      const killed = await rollout(only, { kill });
      expect([kill, killed.stderr]).toEqual([kill, 'ended by SIGKILL\n']);
      if (kill.when === 'during')
        expect(await interrupted.execute('cat', '/etc/containerd/config.toml')).toBe(old);
    }
    expect(await rollout(only)).toEqual({ code: 0, stdout: 'nothing to do\n', stderr: '' });
    expect(await stateOf(interrupted)).toEqual(await stateOf(whole));
    expect(
      await interrupted.execute(
        'sh',
        '-c',
        'find / -xdev -name "*.rollout-tmp"; find /etc -name "*.rollout-tmp"',
      ),
    ).toBe('');
    // Twice: the kill after the first restart came before its mark was off, or with it.
    expect(await restartsOf(interrupted)).toBeLessThanOrEqual(2);
    expect(await restartsOf(interrupted)).toBeGreaterThanOrEqual(1);
  }, 300_000);

  it('leaves the cordon of somebody else where it is', async () => {
    const machine = machineAt(2);
    await lab.reset(machine);
    await kubectl('cordon', machine.name);
    const ran = await rollout(['apply', '--only', machine.name]);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(await stateOf(machine)).toMatchObject({ ...done, unschedulable: true });
  });

  it('stops at a PodDisruptionBudget that lets no pod go, names it, and opens the unchanged node again', async () => {
    const machine = machineAt(2);
    await lab.reset(machine);
    const before = await stateOf(machine);
    await giveBudget({ minAvailable: 1 });
    const ran = await rollout(['apply', '--only', machine.name, '--drain-timeout', '1']);
    await kubectl('delete', 'poddisruptionbudget', 'db');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(
      'k8s-node3: drain failed, got PodDisruptionBudget "default/db" does not let pod "default/db-k8s-node3" go; move the pod away',
    );
    expect(ran.stderr).toContain('k8s-node3: nothing was changed on it, and it is uncordoned again\n');
    const { pods, ...left } = await stateOf(machine);
    expect(left).toEqual({ ...left, files: before.files, unschedulable: false, marked: false });
    expect(pods).toContain('pod/db-k8s-node3');
  });

  const giveBudget = async (spec: object): Promise<void> => {
    await applyObjects(lab.lab.kubernetes, [
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'db', namespace: 'default' },
        spec: { selector: { matchLabels: { app: 'db' } }, ...spec },
      },
    ]);
    // No controller runs here; what it would say is written by hand.
    const status = {
      observedGeneration: 1,
      disruptionsAllowed: 0,
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 1,
    };
    await kubectl(
      ...['patch', 'poddisruptionbudget', 'db', '--subresource=status', '--type=merge', '-p'],
      JSON.stringify({ status }),
    );
  };

  it('removes the files of the legacy registry in the decommission, without a drain or a restart', async () => {
    const machine = machineAt(1);
    await lab.reset(machine);
    await rollout(['apply', '--only', machine.name]);
    const before = await stateOf(machine);
    const restarts = await restartsOf(machine);
    const ran = await rollout(['apply', '--only', machine.name], { phase: 'decommission' });
    const after = await stateOf(machine);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).not.toContain('drain');
    expect(ran.stdout).toContain('pull forgejo.viktorbarzin.me/viktor/infra-ci:latest\n');
    expect(before.files).toMatch(/certs\.d\/(registry\.viktorbarzin\.me|10\.0\.20\.10)/);
    expect(after.files).not.toMatch(/certs\.d\/(registry\.viktorbarzin\.me|10\.0\.20\.10)/);
    expect(after).toMatchObject({ pending: '', unschedulable: false, marked: false });
    expect(await restartsOf(machine)).toBe(restarts);
  });
});
