import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { findTool } from '../../lab/find-tool';
import { startClusterNetwork, type ClusterNetwork } from '../../lab/cluster-network';
import { startLab, type Lab } from '../../lab/lab';
import { startMachine, type Machine } from '../../lab/machine';
import { run, runOk } from '../../lab/run';
import { nodeMachine } from '../support/node-machine';
import { describeRootLab } from './describe-root-lab';

describeRootLab('a rollout over three nodes', () => {
  let lab: Lab<'kubernetes' | 'legacyRegistry'>;
  let machines: Machine[];
  let network: ClusterNetwork;
  const folder = mkdtempSync(join(tmpdir(), 'rollout-'));
  beforeAll(async () => {
    lab = await startLab({ kubernetes: true, legacyRegistry: true });
    network = await startClusterNetwork(lab, [{ address: '10.0.20.10', port: 5050, to: lab.legacyRegistry.host }]);
    await runOk('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
    const authorizedKeys = readFileSync(join(folder, 'key.pub'), 'utf8');
    const node = await nodeMachine(folder);
    machines = await Promise.all(
      ['k8s-node1', 'k8s-node2', 'k8s-node3'].map((name, at) =>
        startMachine(lab, { name, address: `10.0.20.10${at + 1}`, network, user: 'wizard', authorizedKeys, ...node }),
      ),
    );
  }, 1_800_000);
  afterAll(async () => {
    await lab.stop();
    rmSync(folder, { recursive: true });
  }, 60_000);
  it('tries', async () => {
    writeFileSync(join(folder, 'known_hosts'), machines.map(({hostKey}) => `${hostKey}\n`).join(''));
    const [c='',...a] = network.enter;
    const ran = await run(c, [...a, 'ssh', '-i', join(folder, 'key'), '-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`, '-o', 'BatchMode=yes', 'wizard@10.0.20.101', 'id; sudo -n id; hostname; sudo -n systemctl restart containerd; ls /']);
    console.log(ran, await machines[0]?.execute('sh','-c','cat /var/log/systemctl; tail -3 /var/log/containerd.log; ps ax | tail -12'));
    expect(ran.code).toBe(0);
  });
});
