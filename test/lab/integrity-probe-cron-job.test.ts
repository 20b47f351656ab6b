import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ClusterNetwork } from '../../lab/network/cluster-network';
import { runCronJob, type CronJobRun } from '../../lab/runs/cron-job-runner';
import { startLab, type Lab } from '../../lab/runs/lab';
import { applyObjects } from '../../lab/servers/surroundings';
import type { ApiObject } from '../../manifests/api-object';
import type { IntegrityProbeConfig } from '../../programs/integrity-probe/config';
import { RegistryClient } from '../../clients/oci/client';
import { estateAt } from '../support/estates';
import { pushImage } from '../support/push-image';
import { RegistryStorage } from '../support/registry-storage';
import { describeRootLab } from './describe-root-lab';
import { startPodNetwork } from './pod-network';
import { stackObjects } from './stack-objects';
import { canaryImage } from '../../estate/derived/references';

const estate = estateAt('prepare');
const { forgejo, integrityProbe, legacyRegistry } = estate;
const legacyName = legacyRegistry.host;
const names = { forgejo: 'forgejo-integrity-probe', legacy: 'registry-integrity-probe' };

/** Our CronJobs as the monitoring stack has them, each on its way to its registry. */
describeRootLab('the integrity probes’ CronJobs', () => {
  let lab: Lab<'controllers' | 'forge' | 'kubernetes' | 'legacyRegistry' | 'pushgateway'>;
  let network: ClusterNetwork;
  let canaryDigest: string;

  beforeAll(async () => {
    lab = await startLab({
      ...{ controllers: true, kubernetes: true, legacyRegistry: true, pushgateway: true },
      forge: { rootUrl: `https://${forgejo.host}` },
    });
    const owner = await lab.forge.createUser({ name: forgejo.packages.owner });
    const puller = await lab.forge.createUser({ name: 'cluster-puller' });
    const objects = await stackObjects(estate, 'monitoring', {
      vault: {
        registry_probes: { forgejo_pull_token: await lab.forge.createToken(puller, ['read:package']) },
      },
    });
    const password = await lab.forge.createToken(owner, ['write:package']);
    const forge = new RegistryClient({ url: lab.forge.url, credentials: { username: owner.name, password } });
    const legacy = new RegistryClient({ url: lab.legacyRegistry.url });
    await pushImage(forge, `${owner.name}/app`, 'app', '1');
    for (const reference of pulledFrom(objects, names.legacy)) {
      const [, repository = '', version = ''] = /^(.*):([^:/]+)$/.exec(reference) ?? [];
      await pushImage(legacy, repository, reference, version);
    }
    const { source, tag } = canaryImage(estate);
    const image = source.repository;
    canaryDigest = await pushImage(legacy, image, image, tag);

    const service = (await stackObjects(estate, 'forgejo')).filter(({ kind }) =>
      ['Namespace', 'Service'].includes(kind),
    );
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: integrityProbe.namespace } };
    await applyObjects(lab.kubernetes, [namespace, ...service, ...objects]);
    const certificate = await lab.authority.issue({ name: 'registry-vm', hosts: [legacyName] });
    const registryVm = {
      address: estate.registryVm.address,
      port: legacyRegistry.runsOn.port,
      to: lab.legacyRegistry.host,
      certificate,
    };
    network = await startPodNetwork(lab, [registryVm]);
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const probe = (name: string): Promise<CronJobRun> =>
    runCronJob(lab, { kubernetes: lab.kubernetes, network, namespace: integrityProbe.namespace, name });
  const verdicts = async (instance: string): Promise<readonly string[]> =>
    (await lab.pushgateway.metrics())
      .split('\n')
      .filter((line) => line.startsWith('registry_manifest_integrity_verdict{') && line.endsWith(' 1'))
      .filter((line) => line.includes(`instance="${instance}"`))
      .map((line) => /verdict="([^"]+)"/.exec(line)?.[1] ?? line);

  it('the forge’s reads it through its Service with the pull token, and pushes that it is healthy', async () => {
    expect(await probe(names.forgejo)).toEqual({
      code: 0,
      output: expect.stringContaining(`${forgejo.host}: healthy, `),
      verdict: 'Complete',
    });
    expect(await verdicts(forgejo.host)).toEqual(['healthy']);
  });

  it('the legacy registry’s reaches the VM by a name that its certificate is for: healthy, then broken, then down', async () => {
    expect(await probe(names.legacy)).toEqual({
      code: 0,
      output: expect.stringContaining(`${legacyName}:5050: healthy, `),
      verdict: 'Complete',
    });
    expect(await verdicts(`${legacyName}:5050`)).toEqual(['healthy']);

    new RegistryStorage(lab.legacyRegistry.storage).flip(canaryDigest);
    expect(await probe(names.legacy)).toEqual({
      code: 2,
      output: expect.stringContaining('digest-mismatch'),
      verdict: 'Failed: BackoffLimitExceeded',
    });
    expect(await verdicts(`${legacyName}:5050`)).toEqual(['image-broken']);

    await lab.legacyRegistry.stop();
    expect(await probe(names.legacy)).toMatchObject({ code: 1, verdict: 'Failed: BackoffLimitExceeded' });
    expect(await verdicts(`${legacyName}:5050`)).toEqual(['registry-down']);
  });
});

/** What the cluster pulls from a probe's registry, as the probe's ConfigMap says. */
function pulledFrom(objects: readonly ApiObject[], probe: string): readonly string[] {
  const map = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === probe);
  const { 'config.json': text = '{}' } = (map?.['data'] ?? {}) as Record<string, string>;
  return (JSON.parse(text) as IntegrityProbeConfig).deployedReferences;
}
