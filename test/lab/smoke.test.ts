import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startClusterNetwork, type ClusterNetwork } from '../../lab/network/cluster-network';
import { serviceRoutes } from '../../lab/servers/cluster-services';
import { startContainerd, type Containerd } from '../../lab/machines/containerd';
import type { PullCredentials } from '../../lab/machines/cri-image-service';
import { runCronJob } from '../../lab/runs/cron-job-runner';
import { startLab, type Lab } from '../../lab/runs/lab';
import { labEstate } from '../../lab/runs/lab-estate';
import { routeService } from '../../lab/servers/route-service';
import { applyObjects, standInMiddlewares } from '../../lab/servers/surroundings';
import { estateAt } from '../support/estates';
import { pushImage } from '../support/push-image';
import { describeRootLab } from './describe-root-lab';
import { eventually } from './eventually';
import { applyPushgatewayService } from './pod-network';
import { stackObjects } from './stack-objects';
import { throughTraefik, type PublicHost } from './through-traefik';
import { legacySpellings } from '../../estate/derived/legacy-registry';

const estate = labEstate(estateAt('prepare'));
const { forgejo, hosts, integrityProbe, pullSecret } = estate;
const { host } = forgejo;
const packagesOwner = forgejo.packages.owner;
const MiB = 2 ** 20;
// No kube-proxy runs here and Traefik's way to the forge is an ExternalName, so its Service has no address of its own.
const forgeAddress = '10.96.255.1';

/** docs/runbooks/forgejo-registry-setup.md, "Verify": what must hold before phase 0 of the plan is called done. */
describeRootLab('phase 0', () => {
  let lab: Lab<'forge' | 'kubernetes' | 'kyverno' | 'pushgateway' | 'traefik'>;
  let pushToken: string;
  let pullToken: string;
  let registry: PublicHost;
  let network: ClusterNetwork;
  let node: Containerd;

  beforeAll(async () => {
    lab = await startLab({
      ...{ kubernetes: true, kyverno: true, pushgateway: true, traefik: true },
      forge: { rootUrl: `https://${host}` },
    });
    // Limited: whoever is logged in may pull, and nobody else.
    const owner = await lab.forge.createUser({ name: packagesOwner, visibility: 'limited' });
    const puller = await lab.forge.createUser({ name: 'cluster-puller' });
    pushToken = await lab.forge.createToken(owner, ['write:package']);
    pullToken = await lab.forge.createToken(puller, ['read:package']);
    registry = throughTraefik(lab, host);
    await applyStacks();
    network = await startClusterNetwork(lab, [
      { address: hosts.traefikLoadBalancer, port: 443, to: lab.traefik.websecure },
      { address: forgeAddress, port: 80, to: lab.forge.host },
      ...(await serviceRoutes(lab.kubernetes, [
        { ...(await applyPushgatewayService(lab.kubernetes)), to: new URL(lab.pushgateway.url).host },
      ])),
    ]);
    node = await startContainerd(lab, { hostAliases: { [host]: hosts.traefikLoadBalancer }, network });
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const applyStacks = async (): Promise<void> => {
    const certificate = await lab.authority.issue({ name: 'forge', hosts: [host] });
    const files = {
      'secrets/fullchain.pem': readFileSync(certificate.certFile, 'utf8'),
      'secrets/privkey.pem': readFileSync(certificate.keyFile, 'utf8'),
    };
    const viktor = { registry_user: 'reader', registry_password: 'legacy', forgejo_pull_token: pullToken };
    const vault = { viktor, registry_probes: viktor, forgejo_viktor: { forgejo_cleanup_token: pushToken } };
    const stack = (name: string) => stackObjects(estate, name, { vault, files });
    const [forge, sync, monitoring] = [
      await stack('forgejo'),
      await stack('kyverno'),
      await stack('monitoring'),
    ];
    const port = Number(new URL(lab.forge.url).port);
    await applyObjects(lab.kubernetes, [
      ...['traefik', integrityProbe.namespace].map((name) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      })),
      ...standInMiddlewares(forge),
      ...routeService(forge, { name: 'forgejo', namespace: forgejo.namespace }, port),
      ...sync,
      ...monitoring,
    ]);
    const ready = ['wait', '--for=condition=Ready', 'clusterpolicy', '--all', '--timeout=60s'];
    await lab.kubernetes.kubectl(ready);
  };

  it('passes the smoke test of the plan', async () => {
    // A login succeeds, with the token that the cluster pulls with and with the one that pipelines push with.
    await expect(registry.login('cluster-puller', pullToken)).resolves.toMatch(/^Bearer /);
    const authorization = await registry.login(packagesOwner, pushToken);

    // Images are pushed through Traefik; a layer above its body limit is not.
    for (const name of ['smoketest', 'stays'])
      await pushImage(registry.target(authorization), `${packagesOwner}/${name}`, name, '1');
    const tooLarge = randomBytes(2 * MiB);
    const large = await registry.upload(`${packagesOwner}/smoketest`, tooLarge, {
      headers: { authorization },
    });
    expect(large).toBe(413);

    // A fresh namespace gets the pull Secret, with exactly the logins of the phase.
    await lab.kubernetes.kubectl(['create', 'namespace', 'smoketest']);
    const auths = await eventually('the pull Secret', () => pullSecretOf('smoketest'));
    expect(Object.keys(auths).sort()).toEqual([...legacySpellings(estate), host].sort());

    // A node pulls the image with the login that this Secret has for its host, and not without.
    const image = `${host}/${packagesOwner}/smoketest:1`;
    await expect(node.pull(image)).rejects.toThrow('401 Unauthorized');
    expect(await node.pull(image, auths[host])).toMatch(/^sha256:[0-9a-f]{64}$/);

    // The package is deleted through the API, and gone.
    const version = `/api/v1/packages/${packagesOwner}/container/smoketest/1`;
    const headers = { authorization: `token ${pushToken}` };
    expect(await registry.ask('DELETE', version, { headers })).toMatchObject({ status: 204 });
    await expect(node.pull(image, auths[host])).rejects.toThrow(`${image}: not found`);

    // The integrity probe completes once and pushes its metrics.
    const probe = await runCronJob(lab, {
      ...{ kubernetes: lab.kubernetes, network, namespace: integrityProbe.namespace },
      ...{
        name: 'forgejo-integrity-probe',
        hostAliases: { 'forgejo.forgejo.svc.cluster.local': forgeAddress },
      },
    });
    expect(probe).toMatchObject({ code: 0, verdict: 'Complete' });
    const metrics = await lab.pushgateway.metrics();
    const sample = (name: string, value: string): RegExp =>
      new RegExp(`^registry_manifest_integrity_${name}\\{instance="${host}",job="[^"]+"\\} ${value}$`, 'm');
    expect(metrics).toMatch(sample('tags_checked', '1'));
    expect(metrics).toMatch(sample('failures', '0'));
    expect(metrics).toMatch(sample('last_success_timestamp', '[0-9.e+]+'));
  });

  /** Each registry of a namespace's pull Secret with its login, as a kubelet reads it; undefined while there is none. */
  const pullSecretOf = async (namespace: string): Promise<Record<string, PullCredentials> | undefined> => {
    const path = `/api/v1/namespaces/${namespace}/secrets/${pullSecret.name}`;
    const { status, body } = await lab.kubernetes.request({ path });
    if (status === 404) return undefined;
    const { data } = body as { data: Record<string, string> };
    const decoded = Buffer.from(data['.dockerconfigjson'] ?? '', 'base64').toString('utf8');
    const { auths } = JSON.parse(decoded) as { auths: Record<string, { auth: string }> };
    return Object.fromEntries(
      Object.entries(auths).map(([registryHost, { auth }]) => {
        const [username = '', password = ''] = Buffer.from(auth, 'base64').toString('utf8').split(':');
        return [registryHost, { username, password }];
      }),
    );
  };
});
