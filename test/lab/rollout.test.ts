import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { secretsOf } from '../../cloud-init/content';
import { registryVm } from '../../cloud-init/registry-vm';
import { nodes } from '../../commands/nodes';
import { meansOfNodes } from '../../commands/nodes-means';
import type { SshMachine as Machine } from './ssh-machine';
import { run, type Ran } from '../../terminal/run';
import { applyObjects } from '../../lab/servers/apply-objects';
import { acquireLease } from '../../rollout/lease';
import { machinesOf } from '../../rollout/of-estate';
import type { RolloutProps } from '../../rollout/rollout';
import type { Run } from '../../rollout/run-command';
import { rolloutAnnotation } from '../../rollout/node';
import { call } from '../support/call';
import { estateAt } from '../support/estates';
import { describeRootLab } from './describe-root-lab';
import type { Kill } from './rollout-driver';
import { nearlyThere, startRolloutLab, type RolloutLab } from './rollout-fixture';

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
    { phase = 'prepare', kill, env = {} }: { phase?: string; kill?: Kill; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Ran> => {
    const told = [
      phase,
      kill === undefined ? '' : JSON.stringify(kill),
      ...args,
      '--ssh-config',
      lab.sshConfig,
    ];
    return run(process.execPath, [lab.driver, ...told], { env: { ...lab.environment, ...env } });
  };
  const machineAt = (place: 0 | 1 | 2): Machine => {
    const machine = lab.machines[place];
    if (machine === undefined) throw new Error(`the lab has no machine ${place}`);
    return machine;
  };
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
      expect(first.stderr).toContain('then: ./registry nodes apply --ssh-config');
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
    await Promise.all([interrupted, whole].map((machine) => lab.reset(machine, nearlyThere)));
    expect(await rollout(['apply', '--only', whole.name])).toMatchObject({ code: 0, stderr: '' });
    const only = ['apply', '--only', interrupted.name];
    const configurations = new Map<Kill, string>();
    const old = await interrupted.execute('cat', '/etc/containerd/config.toml');
    const written = await whole.execute('cat', '/etc/containerd/config.toml');
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
      expect([kill, (await rollout(only, { kill })).stderr]).toEqual([kill, 'ended by SIGKILL\n']);
      configurations.set(kill, await interrupted.execute('cat', '/etc/containerd/config.toml'));
    }
    expect([...configurations.values()].slice(0, 3)).toEqual([old, old, written]);
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

  it('stops at a kubelet that does not come back, though its node is still called Ready, and at a node that is not', async () => {
    const machine = machineAt(2);
    const dropIn = '/etc/kubernetes/kubelet.conf.d/10-registry-consolidation.conf';
    const { [dropIn]: _, ...others } = nearlyThere;
    await lab.reset(machine, others);
    const only = ['apply', '--only', machine.name];
    await machine.execute('touch', '/run/kubelet.broken');
    const stopped = await rollout(only);
    await machine.execute('rm', '/run/kubelet.broken');
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toMatch(/k8s-node3: curl .*healthz.* failed, got "(.|\n)*it stays cordoned/);
    expect(await rollout(only)).toMatchObject({ code: 0, stderr: '' });
    expect(await stateOf(machine)).toMatchObject(done);

    await lab.reset(machine, nearlyThere);
    expect((await rollout(only, { kill: { when: 'before', step: 'wait' } })).stderr).toContain('SIGKILL');
    const ready = (status: string): Promise<string> =>
      kubectl(
        ...['patch', 'node', machine.name, '--subresource=status', '--type=merge', '-p'],
        JSON.stringify({ status: { conditions: [{ type: 'Ready', status }] } }),
      );
    await ready('Unknown');
    const resumed = rollout(only);
    setTimeout(() => void ready('True'), 8_000);
    expect((await resumed).stdout).toMatch(/wait until it is Ready\n(.|\n)*uncordon/);
    expect(await stateOf(machine)).toMatchObject(done);
  }, 300_000);

  it('leaves the cordon of somebody else where it is', async () => {
    const machine = machineAt(2);
    await lab.reset(machine, nearlyThere);
    await kubectl('cordon', machine.name);
    const ran = await rollout(['apply', '--only', machine.name]);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(await stateOf(machine)).toMatchObject({ ...done, unschedulable: true });
  });

  it('stops at a PodDisruptionBudget that lets no pod go, names it, and opens the unchanged node again', async () => {
    const machine = machineAt(2);
    await lab.reset(machine, nearlyThere);
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
    await lab.reset(machine, nearlyThere);
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

  describe('is refused before anything is changed', () => {
    const means = meansOfNodes({});
    const refused = async (args: readonly string[], change: Partial<RolloutProps> = {}): Promise<string> => {
      const { nodes: nodeRows, vm, ...others } = change;
      const machines = machinesOf(estateAt('prepare'));
      const verb = nodes(
        () => ({
          ...machines,
          ...(nodeRows === undefined ? {} : { nodes: nodeRows }),
          ...(vm === undefined ? {} : { vm }),
        }),
        () => ({
          ...means,
          run: ({ program, args: words, input = '' }) => run(program, words, { env: lab.environment, input }),
          ...others,
        }),
      );
      const { code, err } = await call(['nodes', 'plan', '--ssh-config', lab.sshConfigAlone, ...args], {
        verbs: [verb],
      });
      return `${code} ${err}`;
    };
    const nodeFacts = (): RolloutProps['nodes'] => machinesOf(estateAt('prepare')).nodes;
    const asAdministrator = async (
      place: 0 | 1 | 2,
      doing: string,
      undoing: string,
      told: () => Promise<string>,
    ): Promise<string> => {
      await machineAt(place).execute('sh', '-c', doing);
      try {
        return await told();
      } finally {
        await machineAt(place).execute('sh', '-c', undoing);
      }
    };
    beforeAll(async () => {
      await Promise.all(lab.machines.map((machine) => lab.reset(machine)));
    });

    it('for a node that the cluster does not have', async () => {
      expect(await refused(['--only', 'k8s-node7'])).toBe(
        '3 --only: no such node, got "k8s-node7"; the cluster has "k8s-node1", "k8s-node2", "k8s-node3"\nnothing was changed\n',
      );
    });

    it('for a node to resume at that is gone', async () => {
      expect(await refused(['--from', 'k8s-node7'])).toContain(
        '3 --from: no such node any more, got "k8s-node7"; leave it out or begin at one of "k8s-node1"',
      );
    });

    it('for a node that ssh does not reach, and for all such nodes at once', async () => {
      const printed = await refused(['--ssh-config', '/dev/null']);
      for (const { name } of lab.machines)
        expect(printed).toMatch(
          new RegExp(
            `${name}: ssh does not reach it, got ".*resolve hostname.*"; start it, or tell ssh its address`,
          ),
        );
    });

    it('for a host key that nobody has recorded', async () => {
      expect(await refused(['--only', 'k8s-node1', '--known-hosts', '/dev/null'])).toMatch(
        /^3 k8s-node1: its host key is not the known one, got ".*Host key verification failed\."; read it at the machine's own console/,
      );
    });

    it('for a login that ssh does not let in', async () => {
      expect(await refused(['--only', 'k8s-node1', '--user', 'nobody'])).toMatch(
        /^3 k8s-node1: ssh is refused, got ".*Permission denied \(publickey.*\)\."; load the key of "nobody" into the agent/,
      );
    });

    it('for a login that may not become root', async () => {
      const printed = await asAdministrator(
        0,
        'mv /etc/sudoers /etc/kept; echo "root ALL=ALL" >/etc/sudoers; chmod 440 /etc/sudoers',
        'mv /etc/kept /etc/sudoers',
        () => refused(['--only', 'k8s-node1']),
      );
      expect(printed).toMatch(
        /^3 k8s-node1: sudo is refused, got "sudo: .*password.*"; let "wizard" run sudo without a password there/,
      );
    });

    it('for a read-only file system', async () => {
      const printed = await asAdministrator(0, 'mount -o remount,ro /etc', 'mount -o remount,rw /etc', () =>
        refused(['--only', 'k8s-node1']),
      );
      expect(printed).toContain(
        '3 k8s-node1: the file system is read-only, got "/etc/containerd"; look at the disk',
      );
    });

    it('for a folder where a file belongs', async () => {
      const printed = await asAdministrator(
        0,
        'mkdir -p /etc/containerd/certs.d/ghcr.io/hosts.toml',
        'rm -r /etc/containerd/certs.d/ghcr.io',
        () => refused(['--only', 'k8s-node1']),
      );
      expect(printed).toContain(
        '3 k8s-node1: a folder stands where a file belongs, got "/etc/containerd/certs.d/ghcr.io/hosts.toml"; look at what made it',
      );
    });

    it('for a node that is not Ready', async () => {
      const ready = (status: string): Promise<string> =>
        kubectl(
          ...['patch', 'node', 'k8s-node2', '--subresource=status', '--type=merge', '-p'],
          JSON.stringify({
            status: {
              conditions: [{ type: 'Ready', status, message: 'Kubelet stopped posting node status.' }],
            },
          }),
        );
      await ready('Unknown');
      const printed = await refused(['--only', 'k8s-node2']);
      await ready('True');
      expect(printed).toContain(
        '3 k8s-node2: it is not Ready, got "Unknown: Kubelet stopped posting node status."; repair it first, or name the other nodes with --only',
      );
    });

    it('for a node that runs another container runtime', async () => {
      await applyObjects(lab.lab.kubernetes, [
        { apiVersion: 'v1', kind: 'Node', metadata: { name: 'k8s-node9' } },
      ]);
      await kubectl(
        ...['patch', 'node', 'k8s-node9', '--subresource=status', '--type=merge', '-p'],
        '{"status":{"nodeInfo":{"containerRuntimeVersion":"cri-o://1.34.0"}}}',
      );
      const printed = await refused(['--only', 'k8s-node9']);
      await kubectl('delete', 'node', 'k8s-node9');
      expect(printed).toContain('3 k8s-node9: it runs no containerd of version 1 or 2, got "cri-o://1.34.0"');
    });

    it('for a PodDisruptionBudget that can never let a pod go', async () => {
      await giveBudget({ maxUnavailable: 0 });
      const printed = await refused(['--only', 'k8s-node2']);
      await kubectl('delete', 'poddisruptionbudget', 'db');
      expect(printed).toContain(
        '3 k8s-node2: PodDisruptionBudget "default/db" never lets pod "default/db-k8s-node2" go, got maxUnavailable 0; relax it for the time of the rollout',
      );
    });

    it('for a pull Secret that is missing, or has no login for the registry', async () => {
      const facts = nodeFacts();
      const missing = { namespace: 'kyverno', name: 'other' };
      expect(await refused([], { nodes: { ...facts, pullSecret: missing } })).toContain(
        '3 secret "kyverno/other": the pull Secret is missing, got none; apply the kyverno stack first',
      );
      expect(await refused([], { nodes: { ...facts, pulls: ['ghcr.io/viktor/app:1'] } })).toMatch(
        /^3 secret "kyverno\/registry-credentials": no login for "ghcr\.io", got "registry\.viktorbarzin\.me".*; add it/,
      );
    });

    it('for a kubeconfig that does not exist', async () => {
      const elsewhere: Run = ({ program, args, input = '' }) =>
        run(program, args, { env: { ...lab.environment, KUBECONFIG: '/nonexistent' }, input });
      expect(await refused([], { run: elsewhere })).toMatch(
        /^3 kubectl: no cluster is configured, got ".*"; set KUBECONFIG to a kubeconfig that exists/,
      );
    });

    it('while another rollout holds the lease', async () => {
      const holder = await acquireLease({
        ...{ host: 'laptop', pid: 7, now: () => new Date(), isRunning: () => true },
        run: ({ program, args, input = '' }) => run(program, args, { env: lab.environment, input }),
      });
      const ran = await rollout(['apply', '--only', 'k8s-node1']);
      await holder.release();
      expect(ran).toMatchObject({ code: 3, stdout: '' });
      expect(ran.stderr).toContain(
        'lease "kube-system/registry-consolidation-rollout": another rollout runs, got "laptop/7"; wait for it, or when it is dead: kubectl --namespace kube-system delete lease registry-consolidation-rollout\nnothing was changed\n',
      );
    });
  });

  describe('and one over the registry VM', () => {
    const secrets: Record<string, Record<string, string>> = {};
    let missing: Ran, plan: Ran, first: Ran, again: Ran, rotated: Ran;
    let docker: readonly string[];
    const aimed = (...args: readonly string[]): Promise<Ran> =>
      rollout([...args, '--only', 'registry-vm', '--user', 'wizard'], {
        env: { VAULT_ADDR: lab.lab.vault.url, VAULT_TOKEN: lab.lab.vault.token },
      });
    const keep = async (path: string, change: Readonly<Record<string, string>>): Promise<void> => {
      const data = (secrets[path] = { ...secrets[path], ...change });
      await lab.lab.vault.request({ method: 'POST', path: `secret/data/${path}`, body: { data } });
    };
    beforeAll(async () => {
      for (const { content } of registryVm(estateAt('prepare')).files)
        for (const { vault } of secretsOf(content))
          await keep(vault.path, { [vault.key]: `value-of-${vault.key}` });
      await keep('infra', { registry_htpasswd: '' });
      missing = await aimed('plan');
      await keep('infra', { registry_htpasswd: 'value-of-registry_htpasswd' });
      plan = await aimed('plan');
      first = await aimed('apply');
      again = await aimed('apply');
      docker = (await lab.vm.execute('cat', '/var/log/docker')).trim().split('\n');
      await lab.vm.execute('rm', '/var/log/docker');
      await keep('infra', { registry_htpasswd: 'rotated' });
      rotated = await aimed('apply');
    }, 120_000);
    it('is refused where Vault lacks a key', () => {
      expect(missing.code).toBe(3);
      expect(missing.stderr).toBe(
        'vault "secret/infra": key "registry_htpasswd" is missing or empty, got none; vault kv patch secret/infra registry_htpasswd=-\nnothing was changed\n',
      );
    });

    it('shows where its secrets stand and never what they are', () => {
      expect(plan.code).toBe(2);
      expect(plan.stdout).toContain('+<secret/infra:registry_htpasswd>');
      for (const { stdout, stderr } of [missing, plan, first, again, rotated])
        expect(stdout + stderr).not.toMatch(/value-of-|rotated/);
    });

    it('brings every file, its secrets included, and has compose take them up', async () => {
      expect(first).toMatchObject({ code: 0, stderr: '' });
      expect(await lab.vm.execute('stat', '-c', '%a %u:%g', '/opt/registry/htpasswd')).toBe('600 0:0\n');
      expect(docker).toContain('compose --project-directory /opt/registry up -d --remove-orphans');
      expect(docker).toContain(
        'compose --project-directory /opt/registry run --rm --no-deps -T nginx nginx -t',
      );
    });

    it('finds nothing to do afterwards', () => {
      expect(again).toEqual({ code: 0, stdout: 'nothing to do\n', stderr: '' });
    });

    it('writes one file and recreates its service when a secret is rotated', async () => {
      expect(rotated).toMatchObject({ code: 0, stderr: '' });
      expect(rotated.stdout.match(/: write .*/g)).toEqual([': write /opt/registry/htpasswd (0600)']);
      expect(await lab.vm.execute('cat', '/opt/registry/htpasswd')).toContain('rotated');
      expect(await lab.vm.execute('cat', '/var/log/docker')).toBe(
        'compose --project-directory /opt/registry up -d --no-deps --force-recreate registry-private\n',
      );
    });
  });
});
