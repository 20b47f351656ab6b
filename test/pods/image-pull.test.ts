import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { hostsTomlFiles } from '../../cloud-init/containerd-hosts';
import { contentText } from '../../cloud-init/content';
import { startLab, type Lab } from '../../lab/runs/lab';
import { podImages } from '../../lab/machines/pod-images';
import { podRoutes } from '../../lab/machines/pods';
import { addServiceEndpoint } from '../../lab/servers/service-endpoint';
import { applyObjects } from '../../lab/servers/apply-objects';
import { standInMiddlewares } from '../lab/surroundings';
import { startTraefik } from '../../lab/servers/traefik';
import { RegistryClient } from '../../clients/oci/client';
import { eventually } from '../lab/eventually';
import { stackObjects } from '../lab/stack-objects';
import { estateAt } from '../support/estates';
import { pushArchive } from '../support/push-archive';
import { describePods } from './describe-pods';

const estate = estateAt('prepare');
const { forgejo, hosts, pullSecret } = estate;
const image = `${forgejo.host}/${forgejo.packages.owner}/private:v1`;

interface PodStatus {
  readonly containerStatuses?: readonly {
    readonly ready: boolean;
    readonly state: { readonly waiting?: { readonly reason: string; readonly message?: string } };
  }[];
}

describePods('a pod that pulls a private image', () => {
  let lab: Lab<'forge' | 'kubernetes' | 'kyverno' | 'pods'>;

  beforeAll(async () => {
    const servers = { kubernetes: true, kyverno: true, pods: true } as const;
    lab = await startLab({ ...servers, forge: { rootUrl: `https://${forgejo.host}` } });
    const owner = await lab.forge.createUser({ name: forgejo.packages.owner, visibility: 'limited' });
    const token = await lab.forge.createToken(owner, ['write:package']);
    const puller = await lab.forge.createUser({ name: 'cluster-puller' });
    const pullToken = await lab.forge.createToken(puller, ['read:package']);

    await startTraefik(lab, lab.kubernetes, { ...lab.pods, address: hosts.traefikLoadBalancer });
    const certificate = await lab.authority.issue({ name: 'forge', hosts: [forgejo.host] });
    const files = {
      'secrets/fullchain.pem': readFileSync(certificate.certFile, 'utf8'),
      'secrets/privkey.pem': readFileSync(certificate.keyFile, 'utf8'),
    };
    // The forge is a process here: what stands for its pod is an endpoint of its Service.
    const objects = (await stackObjects(estate, 'forgejo', { files })).filter(
      ({ kind }) => kind !== 'Deployment',
    );
    const vault = { viktor: { forgejo_pull_token: pullToken } };
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'traefik' } },
      ...standInMiddlewares(objects),
      ...objects,
      ...(await stackObjects(estate, 'kyverno', { vault })),
    ]);
    const { address, port } = podRoutes.forge;
    const endpoint = { namespace: forgejo.namespace, service: 'forgejo', address, ports: [{ port }] };
    await addServiceEndpoint(lab.kubernetes, endpoint);
    await lab.kubernetes.kubectl([
      ...['wait', '--for=condition=Ready', 'clusterpolicy', '--all', '--timeout=60s'],
    ]);

    // What a push through Traefik does is test/lab/registry-ingress.test.ts; this one pulls.
    const [, pause = ''] = await podImages();
    const client = new RegistryClient({
      url: lab.forge.url,
      credentials: { username: owner.name, password: token },
    });
    await pushArchive(client, `${owner.name}/private`, 'v1', pause);
    for (const { containerd } of lab.pods.nodes) putHosts(containerd.hostsDirectory);
    // Until Traefik has read the Ingress and its certificate, nothing is found there.
    await eventually('the forge behind Traefik', async () =>
      lab.pods.nodes[0]?.containerd.pull(image).then(
        () => undefined,
        (error: unknown) => (String(error).includes('401') ? true : undefined),
      ),
    );
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const start = async (namespace: string, pullSecrets: readonly string[]): Promise<void> => {
    await eventually(`the default ServiceAccount of ${namespace}`, async () => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
      return (await lab.kubernetes.request({ path })).status === 200 ? true : undefined;
    });
    await applyObjects(lab.kubernetes, [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'app', namespace },
        spec: {
          containers: [{ name: 'main', image, imagePullPolicy: 'Always' }],
          imagePullSecrets: pullSecrets.map((name) => ({ name })),
        },
      },
    ]);
  };
  const stateOf = async (
    namespace: string,
  ): Promise<NonNullable<PodStatus['containerStatuses']>[number] | undefined> => {
    const { body } = await lab.kubernetes.request({ path: `/api/v1/namespaces/${namespace}/pods/app` });
    return (body as { status: PodStatus }).status.containerStatuses?.[0];
  };

  it('runs in a fresh namespace, with the Secret that the policy put there, by name, through Traefik', async () => {
    await lab.kubernetes.kubectl(['create', 'namespace', 'fresh']);
    await start('fresh', [pullSecret.name]);

    const state = await eventually('the pod’s container', async () => {
      const now = await stateOf('fresh');
      return now?.ready === true || now?.state.waiting?.reason === 'ImagePullBackOff' ? now : undefined;
    });
    expect(state.state.waiting).toBeUndefined();
  });

  it('waits in ImagePullBackOff where it does not name the Secret, and says that it is refused', async () => {
    await lab.kubernetes.kubectl(['create', 'namespace', 'secretless']);
    await start('secretless', []);

    const waiting = await eventually('the refusal', async () => {
      const now = (await stateOf('secretless'))?.state.waiting;
      return now?.reason === 'ImagePullBackOff' ? now : undefined;
    });
    expect(waiting.message).toContain('401 Unauthorized');
  });
});

/** The hosts.toml files that the estate's nodes have in this phase. */
function putHosts(folder: string): void {
  const certs = estate.nodes.containerd.hostsDirectory;
  for (const { path, content } of hostsTomlFiles(estate)) {
    const file = join(folder, relative(certs, path));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      contentText(content, () => ''),
    );
  }
}
