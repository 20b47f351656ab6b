import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RegistryClient } from '../../clients/oci/client';
import { hostsTomlFiles } from '../../cloud-init/containerd-hosts';
import { contentText } from '../../cloud-init/content';
import { imageAt, pulledReference } from '../../estate/derived/references';
import type { Estate } from '../../estate/estate';
import { formatImageReference } from '../../estate/image-reference';
import { podImages } from '../../lab/machines/pod-images';
import { podRoutes } from '../../lab/machines/pods';
import { startLab, type Lab } from '../../lab/runs/lab';
import { addServiceEndpoint } from '../../lab/servers/service-endpoint';
import { applyObjects } from '../../lab/servers/apply-objects';
import { installDefinitions, standInMiddlewares } from '../lab/surroundings';
import { startTraefik } from '../../lab/servers/traefik';
import { performCutover, type CutoverResult } from '../../migration/cutover/perform';
import { planCutover } from '../../migration/cutover/plan';
import { clusterBy, type Cluster } from '../../rollout/kubectl';
import { eventually } from '../lab/eventually';
import { stackObjects } from '../lab/stack-objects';
import { before, nowMs } from '../migration/scene';
import { pushArchive } from '../support/push-archive';
import { describePods } from './describe-pods';

const estate = before('wealthfolio');
const { forgejo, hosts, legacyRegistry, pullSecret } = estate;
const { owner } = forgejo.packages;

describePods('a cutover whose pods a kubelet runs', () => {
  let lab: Lab<'forge' | 'kubernetes' | 'controllers' | 'legacyRegistry' | 'pods'>;
  let cluster: Cluster;
  let registries: { source: RegistryClient; target: RegistryClient };
  let pullToken: string;
  let moved: boolean | undefined;

  beforeAll(async () => {
    lab = await startLab({
      ...{ kubernetes: true, controllers: true, pods: true, legacyRegistry: true },
      forge: { rootUrl: `https://${forgejo.host}` },
    });
    cluster = clusterBy(({ args, input }) =>
      lab.kubernetes.kubectl(args, input).then(
        (stdout) => ({ code: 0, stdout, stderr: '' }),
        (error: unknown) => ({ code: 1, stdout: '', stderr: String(error) }),
      ),
    );
    const viktor = await lab.forge.createUser({ name: owner, visibility: 'limited' });
    const password = await lab.forge.createToken(viktor, ['write:package']);
    pullToken = await lab.forge.createToken(viktor, ['read:package']);
    registries = {
      source: new RegistryClient({ url: lab.legacyRegistry.url }),
      target: new RegistryClient({ url: lab.forge.url, credentials: { username: owner, password } }),
    };
    await installDefinitions(lab.kubernetes);
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
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'traefik' } },
      ...standInMiddlewares(objects),
      ...objects,
    ]);
    const { address, port } = podRoutes.forge;
    const endpoint = { namespace: forgejo.namespace, service: 'forgejo', address, ports: [{ port }] };
    await addServiceEndpoint(lab.kubernetes, endpoint);
    const [, pause = ''] = await podImages();
    for (const image of estate.images.filter(({ name }) =>
      ['wealthfolio-sync', 'chrome-service-novnc'].includes(name),
    )) {
      await pushArchive(registries.source, imageAt(estate, image, 'source').repository, image.tag, pause);
      await pushArchive(registries.target, imageAt(estate, image, 'forgejo').repository, image.tag, pause);
    }
    for (const { containerd } of lab.pods.nodes) putHosts(containerd.hostsDirectory);
    await eventually('the forge behind Traefik', async () =>
      lab.pods.nodes[0]?.containerd.pull(`${forgejo.host}/${owner}/absent:1`).then(
        () => undefined,
        (error: unknown) => (String(error).includes('401') ? true : undefined),
      ),
    );
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const secretOf = (namespace: string, password: string): object => ({
    ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/dockerconfigjson' },
    metadata: { name: pullSecret.name, namespace },
    stringData: {
      '.dockerconfigjson': JSON.stringify({
        auths: { [forgejo.host]: { auth: Buffer.from(`${owner}:${password}`).toString('base64') } },
      }),
    },
  });
  const deploy = async (stack: string): Promise<void> => {
    const app = estate.apps.find((each) => each.stack === stack);
    const [pull] = app?.pulls ?? [];
    if (app === undefined || pull === undefined) throw new Error(`the estate has ${stack}`);
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: stack } },
      secretOf(stack, pullToken),
    ]);
    await eventually(`the ServiceAccount of ${stack}`, async () => {
      const { status } = await lab.kubernetes.request({
        path: `/api/v1/namespaces/${stack}/serviceaccounts/default`,
      });
      return status === 200 ? true : undefined;
    });
    const image = formatImageReference(pulledReference(estate, app, pull));
    await applyObjects(
      lab.kubernetes,
      pull.workloads.map(({ kind, name, containers }) => {
        const template = {
          metadata: { labels: { app: name } },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: containers.map((container) => ({ name: container, image })),
            imagePullSecrets: [{ name: pullSecret.name }],
            ...(kind === 'CronJob' ? { restartPolicy: 'Never' } : {}),
          },
        };
        return {
          ...{ apiVersion: kind === 'CronJob' ? 'batch/v1' : 'apps/v1', kind },
          metadata: { name, namespace: stack },
          spec:
            kind === 'CronJob'
              ? { schedule: '0 8 1 * *', jobTemplate: { spec: { template } } }
              : { selector: { matchLabels: { app: name } }, template },
        };
      }),
    );
    if (pull.workloads.some(({ kind }) => kind === 'Deployment'))
      await lab.kubernetes.kubectl([
        'wait',
        '--for=condition=Available',
        'deployments',
        '--all',
        '-n',
        stack,
        '--timeout=120s',
      ]);
  };
  const cut = async (name: string): Promise<CutoverResult> => {
    const { source, target } = registries;
    const subject = before(name);
    const plan = await planCutover({
      ...{ estate: subject, name, to: 'forgejo', cluster, nowMs },
      registries: { target, sourceOf: () => source },
    });
    return performCutover(plan, {
      ...{ cluster, tell: () => undefined, rolloutSeconds: 180 },
      record: (cutOver) => (moved = cutOver),
      bring: (wanted) => setImages(wanted, name),
    });
  };
  /** What Terraform does to these objects: it writes the references. */
  const setImages = async (wanted: Estate, name: string): Promise<void> => {
    for (const app of wanted.apps.filter(({ stack }) => stack === name))
      for (const pull of app.pulls)
        for (const { kind, name: workload, containers } of pull.workloads)
          await cluster.kubectl([
            ...['set', 'image', `${kind.toLowerCase()}/${workload}`, '-n', name],
            ...containers.map(
              (each) => `${each}=${formatImageReference(pulledReference(wanted, app, pull))}`,
            ),
          ]);
  };
  const faults = ({ looks }: CutoverResult): string[] =>
    looks.flatMap(({ holds, what, saw }) => (holds ? [] : [`${what}: ${saw}`]));

  it('has a node pull what a CronJob will, by a canary that cannot run, and leaves neither Job nor pod', async () => {
    await deploy('wealthfolio');

    const result = await cut('wealthfolio');

    expect([result.state, faults(result)]).toEqual(['done', []]);
    expect(result.looks.at(-1)?.saw).toMatch(
      new RegExp(
        `^no pod runs it now; canary on sha256:\\w{64}: Successfully pulled image "${forgejo.host}/${owner}/wealthfolio-sync:latest"`,
        'u',
      ),
    );
    const left = await lab.kubernetes.kubectl(['get', 'jobs,pods', '-n', 'wealthfolio', '-o', 'name']);
    expect(left).toBe('');
  }, 300_000);

  it('goes back by itself where nodes may not pull, while the old pod runs on', async () => {
    await deploy('chrome-service');
    await applyObjects(lab.kubernetes, [secretOf('chrome-service', 'c0ffee'.repeat(6))]);
    const pods = (): Promise<string> =>
      lab.kubernetes.kubectl(['get', 'pods', '-n', 'chrome-service', '-o', 'name']);
    const running = await pods();

    const result = await cut('chrome-service');

    expect([result.state, moved]).toEqual(['rolled back', false]);
    expect(faults(result)).toEqual([
      expect.stringMatching(/is rolled out: pod "chrome-service\/.*ImagePullBackOff/u),
    ]);
    await eventually('only the old pod', async () => ((await pods()) === running ? true : undefined));
    await applyObjects(lab.kubernetes, [secretOf('chrome-service', pullToken)]);
  }, 600_000);

  it('rolls a Deployment out, sees that the digest runs and that the node pulled it from Forgejo', async () => {
    const result = await cut('chrome-service');

    expect([result.state, faults(result)]).toEqual(['done', []]);
    expect(result.looks.at(-1)?.saw).toMatch(
      new RegExp(
        `^1 pods on sha256:\\w{64}; Successfully pulled image "${forgejo.host}/${owner}/chrome-service-novnc:v4"`,
        'u',
      ),
    );
    expect(moved).toBe(true);
  }, 600_000);
});

/** The estate's hosts.toml files; the legacy registry is where the VM is. */
function putHosts(folder: string): void {
  const certs = estate.nodes.containerd.hostsDirectory;
  const { address, port } = podRoutes.legacyRegistry;
  const atVm = `[host."https://${address}:${port}"]\n  capabilities = ["pull", "resolve"]\n`;
  const legacy = join(certs, legacyRegistry.host, 'hosts.toml');
  for (const { path, text } of [
    ...hostsTomlFiles(estate).map((file) => ({ path: file.path, text: contentText(file.content, () => '') })),
    { path: legacy, text: atVm },
  ]) {
    const file = join(folder, relative(certs, path));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
