import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { contentText, secretPlaceholder } from '../../cloud-init/content';
import { dnsSnippets } from '../../cloud-init/dns-records';
import { kubernetesNode } from '../../cloud-init/kubernetes-node';
import type { Estate } from '../../estate/estate';
import { startClusterNetwork, type ClusterNetwork } from '../../lab/network/cluster-network';
import { startContainerd, type Containerd } from '../../lab/machines/containerd';
import { startLab, type Lab } from '../../lab/runs/lab';
import { freePort } from '../../lab/process/ports';
import type { ServerProcess } from '../../lab/process/server-process';
import type { PullCredentials } from '../../lab/machines/containerd';
import { RegistryClient } from '../../clients/oci/client';
import { pushImage } from '../support/push-image';
import { estateAt } from '../support/estates';
import { describeRootLab } from './describe-root-lab';
import { startDnsServer } from './dns-server';
import { eventually } from './eventually';
import { forgejoPullLogin } from './pull-login';
import { registryLogin, startRegistryWithLogin } from './registry-with-login';
import { routeForgejo, routeUpstream } from './route-registries';
import { legacySpellings } from '../../estate/derived/legacy-registry';
import { resolvers } from '../../estate/name-resolution';

const estate = estateAt('prepare');
const { forgejo, hosts } = estate;
const majors = [1, 2] as const;
const technitium = resolvers.technitium.address;
const publicDns = '10.9.9.9';
const publicAddress = '176.12.22.76';
const redirected: Estate = {
  ...estate,
  pullPaths: estate.pullPaths.map((path) =>
    path.client === 'kubelet' && path.registry === 'forgejo' ? { ...path, by: 'redirect' } : path,
  ),
};

describeRootLab('a node pulls along the paths of the estate', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'containerd-pull-'));
  let lab: Lab<'forge' | 'kubernetes' | 'traefik' | 'legacyRegistry'>;
  let network: ClusterNetwork;
  let login: PullCredentials;
  let legacyAddress: string;
  let legacy: ServerProcess;
  const nodes = new Map<1 | 2, Containerd>();
  beforeAll(async () => {
    lab = await startLab({
      ...{ forge: { rootUrl: `https://${forgejo.host}` }, kubernetes: true, traefik: true },
      ...{ legacyRegistry: true },
    });
    await routeForgejo(lab, estate);
    await routeUpstream(lab, 'ghcr.io');
    login = await pushPrivateImages();
    const client = new RegistryClient({ url: lab.legacyRegistry.url });
    for (const repository of ['library/cached', 'upstream/fetched', 'upstream/ready', 'legacy'])
      for (const major of majors) await pushImage(client, repository, `${repository} ${major}`, `v${major}`);
    legacyAddress = `127.0.0.1:${await freePort()}`;
    legacy = await startLegacy();
    network = await startClusterNetwork(lab, [
      { address: hosts.traefikLoadBalancer, port: 443, to: lab.traefik.websecure },
      { address: estate.registryVm.address, port: 5000, to: lab.legacyRegistry.host },
      { address: estate.registryVm.address, port: estate.legacyRegistry.runsOn.port, to: legacyAddress },
    ]);
    await startDnsServer(lab, { name: 'technitium', address: technitium, zones: zonesOf(estate), network });
    const zones = { [forgejo.host]: publicAddress };
    await startDnsServer(lab, { name: 'public', address: publicDns, zones, network });
    for (const major of majors) nodes.set(major, await startNode(estate, major, technitium));
    // Until Traefik has read the Ingresses and their certificates, the names are nobody's.
    await eventually('Forgejo behind its Ingress', () =>
      succeeds(node(2).pull(privateImage('ready'), login)),
    );
    await eventually('the upstream behind its Ingress', () =>
      succeeds(node(2).pull('ghcr.io/upstream/ready:v1')),
    );
  }, 1_800_000);
  afterAll(async () => {
    await lab.stop();
    rmSync(scratch, { recursive: true });
  }, 60_000);

  /** Images of an account that only logged-in users see; answers the login of the cluster's pull Secret for them. */
  const pushPrivateImages = async (): Promise<PullCredentials> => {
    const owner = await lab.forge.createUser({ name: forgejo.packages.owner, visibility: 'limited' });
    const password = await lab.forge.createToken(owner, ['write:package']);
    const client = new RegistryClient({
      url: lab.forge.url,
      credentials: { username: owner.name, password },
    });
    for (const tag of ['ready', 'dns-1', 'dns-2', 'redirect-1', 'redirect-2', 'may-1', 'may-2', 'outside'])
      await pushImage(client, `${owner.name}/payslip-ingest`, tag, tag);
    const puller = await lab.forge.createUser({ name: 'cluster-puller' });
    const token = await lab.forge.createToken(puller, ['read:package']);
    return forgejoPullLogin(estate, token);
  };

  const startLegacy = (): Promise<ServerProcess> =>
    startRegistryWithLogin(lab, {
      ...{ address: legacyAddress, storage: lab.legacyRegistry.storage, names: [`*.${hosts.rootDomain}`] },
    });

  /** The zone files that are rendered for Technitium, and an address for what stands for the world. */
  const zonesOf = (subject: Estate): Readonly<Record<string, string>> => ({
    'ghcr.io': hosts.traefikLoadBalancer,
    ...Object.fromEntries(
      dnsSnippets(subject)
        .filter(({ server }) => server === 'technitium')
        .map(({ fileName, text }) => [fileName.replace(/^technitium\/|\.zone$/g, ''), text]),
    ),
  });

  /** containerd with every file of a node in its place, asking one DNS server. */
  const startNode = async (
    subject: Estate,
    major: 1 | 2,
    nameServer: string,
    name = `containerd-${major}`,
  ): Promise<Containerd> => {
    const hostsDirectory = mkdtempSync(join(scratch, 'certs.d-'));
    putHosts(subject, hostsDirectory);
    const configToml = textOf(subject, '/etc/containerd/config.toml', major);
    return startContainerd(lab, { name, major, configToml, hostsDirectory, nameServer, network });
  };

  const putHosts = (subject: Estate, folder: string): void => {
    const certs = subject.nodes.containerd.hostsDirectory;
    for (const { path } of kubernetesNode(subject).files.filter((file) => file.path.startsWith(certs)))
      putHost(folder, path.slice(certs.length + 1), textOf(subject, path));
  };

  const putHost = (folder: string, path: string, text: string): void => {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  const node = (major: 1 | 2): Containerd => {
    const found = nodes.get(major);
    if (found === undefined) throw new Error(`no node of containerd ${major} runs`);
    return found;
  };
  const succeeds = (pull: Promise<string>): Promise<string | undefined> => pull.catch(() => undefined);
  const isPulled = expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown as string;
  const privateImage = (tag: string): string =>
    `${forgejo.host}/${forgejo.packages.owner}/payslip-ingest:${tag}`;

  it.each(majors)('containerd %i.x: Forgejo by its public name, which DNS leads inside', async (major) => {
    expect(await node(major).pull(privateImage(`dns-${major}`), login)).toEqual(isPulled);
  });

  it.each(majors)('containerd %i.x: nobody pulls it without the login', async (major) => {
    await expect(node(major).pull(privateImage(`may-${major}`))).rejects.toThrow(
      /failed to resolve|unauthorized|authorization failed/,
    );
  });

  it.each(majors)('containerd %i.x: Docker Hub by the cache alone', async (major) => {
    expect(await node(major).pull(`docker.io/library/cached:v${major}`)).toEqual(isPulled);
  });

  it.each(majors)('containerd %i.x: the upstream where its cache is down', async (major) => {
    expect(await node(major).pull(`ghcr.io/upstream/fetched:v${major}`)).toEqual(isPulled);
  });

  it.each(majors)(
    'containerd %i.x: the legacy registry by a name that its certificate has',
    async (major) => {
      for (const spelling of legacySpellings(estate))
        expect(await node(major).pull(`${spelling}/legacy:v${major}`, registryLogin)).toEqual(isPulled);
    },
  );

  it.each(majors)('containerd %i.x: Forgejo by a redirect that names it', async (major) => {
    const containerd = node(major);
    putHosts(redirected, containerd.hostsDirectory);
    try {
      expect(await containerd.pull(privateImage(`redirect-${major}`), login)).toEqual(isPulled);
    } finally {
      rmSync(join(containerd.hostsDirectory, forgejo.host), { recursive: true });
    }
  });

  it.each(majors)(
    'containerd %i.x: the bare address of May 2026 has no certificate, with verification off no route',
    async (major) => {
      const containerd = node(major);
      const pullWith = (text: string): Promise<string> => {
        putHost(containerd.hostsDirectory, `${forgejo.host}/hosts.toml`, text);
        return containerd.pull(privateImage(`may-${major}`), login);
      };
      const unchecked = 'skip_verify = true\n';
      try {
        await expect(pullWith(may2026({ server: bareAddress }))).rejects.toThrow(
          "cannot validate certificate for 10.0.20.200 because it doesn't contain any IP SANs",
        );
        await expect(pullWith(may2026({ server: bareAddress, more: unchecked }))).rejects.toThrow(
          /10\.0\.20\.200.*not found|not found/,
        );
        // With the name behind it, nobody sees that it never answers.
        expect(await pullWith(may2026({ more: unchecked }))).toEqual(isPulled);
      } finally {
        rmSync(join(containerd.hostsDirectory, forgejo.host), { recursive: true });
      }
    },
  );

  it('the redirect of May 2026 helps nobody whose DNS gives the public address', async () => {
    const outside = await startNode(estate, 1, publicDns, 'outside');
    await expect(outside.pull(privateImage('outside'), login)).rejects.toThrow(publicAddress);
    putHost(outside.hostsDirectory, `${forgejo.host}/hosts.toml`, may2026({ more: 'skip_verify = true\n' }));
    await expect(outside.pull(privateImage('outside'), login)).rejects.toThrow(/not found|unreachable/);
  });

  it.each(majors)('containerd %i.x: a legacy registry that is down is seen at once', async (major) => {
    await legacy.stop();
    try {
      await expect(node(major).pull('registry.viktorbarzin.me/legacy:v1', registryLogin)).rejects.toThrow(
        `"https://${estate.registryVm.pullName}:5050/v2/legacy/manifests/v1`,
      );
    } finally {
      legacy = await startLegacy();
    }
  });

  it('containerd 1.x would pass over a hosts.toml without a host', async () => {
    const containerd = node(1);
    const file = join(containerd.hostsDirectory, 'registry.viktorbarzin.me/hosts.toml');
    const ours = readFileSync(file, 'utf8');
    writeFileSync(file, ours.slice(0, ours.indexOf('[host')));
    try {
      await expect(containerd.pull('registry.viktorbarzin.me/legacy:v1', registryLogin)).rejects.toThrow(
        'https://registry.viktorbarzin.me/v2/legacy/manifests/v1',
      );
    } finally {
      writeFileSync(file, ours);
    }
  });
});

const bareAddress = `https://${hosts.traefikLoadBalancer}`;

/** The hosts.toml of Phase 0 in May 2026; in June `skip_verify` was added. */
function may2026({ server = `https://${forgejo.host}`, more = '' }): string {
  return [
    `server = "${server}"`,
    ...(server === bareAddress ? [more] : []),
    `[host."${bareAddress}"]`,
    `capabilities = ["pull", "resolve"]\n${more}`,
  ].join('\n');
}

function textOf(subject: Estate, path: string, major: 1 | 2 = 2): string {
  const file = kubernetesNode(subject, major).files.find((row) => row.path === path);
  return contentText(file?.content ?? [], secretPlaceholder);
}
