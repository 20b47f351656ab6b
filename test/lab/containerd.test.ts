import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startClusterNetwork } from '../../lab/network/cluster-network';
import { startContainerd, type Containerd } from '../../lab/machines/containerd';
import { startLab, type Lab } from '../../lab/runs/lab';
import { RegistryClient } from '../../clients/oci/client';
import { pushImage } from '../support/push-image';
import { describeRootLab } from './describe-root-lab';

const host = 'registry.lab.example';
const address = '10.0.20.10';

describeRootLab('containerd as a node has it', () => {
  const hostsDirectory = mkdtempSync(join(tmpdir(), 'certs.d-'));
  let lab: Lab<'legacyRegistry'>;
  let containerd: Containerd;
  beforeAll(async () => {
    lab = await startLab({ legacyRegistry: true });
    await pushImage(new RegistryClient({ url: lab.legacyRegistry.url }), 'app', 'app', 'v1');
    mkdirSync(join(hostsDirectory, host));
    writeFileSync(
      join(hostsDirectory, host, 'hosts.toml'),
      `server = "http://${host}:5050"\n\n[host."http://${host}:5050"]\n`,
    );
    const network = await startClusterNetwork(lab, [{ address, port: 5050, to: lab.legacyRegistry.host }]);
    containerd = await startContainerd(lab, { hostsDirectory, hostAliases: { [host]: address }, network });
  }, 1_800_000);
  afterAll(async () => {
    await lab.stop();
    rmSync(hostsDirectory, { recursive: true });
  }, 60_000);

  it('pulls through the hosts.toml of its certs.d, from an address of the cluster’s network', async () => {
    expect(await containerd.pull(`${host}/app:v1`)).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('says in its own words why it cannot pull', async () => {
    await expect(containerd.pull(`${host}/app:v2`)).rejects.toThrow(`${host}/app:v2: not found`);
  });

  it('reaches nothing but the lab’s servers', async () => {
    await expect(containerd.pull('10.0.20.11:5050/app:v1')).rejects.toThrow('connection refused');
    await expect(containerd.pull('192.0.2.1/app:v1')).rejects.toThrow('network is unreachable');
  });
});
