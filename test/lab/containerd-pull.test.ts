import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { contentText, secretPlaceholder } from '../../cloud-init/content';
import { dnsSnippets } from '../../cloud-init/dns-records';
import { kubernetesNode } from '../../cloud-init/kubernetes-node';
import type { Estate } from '../../estate/estate';
import { startClusterNetwork, type ClusterNetwork } from '../../lab/cluster-network';
import { startContainerd, type Containerd } from '../../lab/containerd';
import { findTool } from '../../lab/find-tool';
import { startLab, type Lab } from '../../lab/lab';
import { freePort } from '../../lab/ports';
import { routeService } from '../../lab/route-service';
import { applyObjects, standInMiddlewares } from '../../lab/surroundings';
import type { PullCredentials } from '../../lab/cri-image-service';
import { RegistryClient } from '../../programs/oci/client';
import { pushImage } from '../support/push-image';
import { estateAt } from '../support/estates';
import { describeRootLab } from './describe-root-lab';
import { eventually } from './eventually';
import { stackObjects } from './stack-objects';

const estate = estateAt('prepare');
const { forgejo, hosts } = estate;
const majors = [1, 2] as const;
const technitium = hosts.technitiumDns;
const publicDns = '10.9.9.9';
const publicAddress = '176.12.22.76';
const legacyLogin = { username: 'registry_user', password: 'lab' };
/** `legacyLogin` as htpasswd(1) writes it with bcrypt. */
const htpasswd = 'registry_user:$2y$05$abcdefghijklmnopqrstuup1vlAAUDMpgzvqmIu/m0vJZ3muqfVsK\n';
const redirected: Estate = {
  ...estate,
  pullPaths: estate.pullPaths.map((path) =>
    path.client === 'kubelet' && path.realm !== undefined ? { ...path, by: 'redirect' } : path,
  ),
};

describeRootLab('a node pulls along the paths of the estate', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'containerd-pull-'));
  let lab: Lab<'forge' | 'kubernetes' | 'traefik' | 'legacyRegistry'>;
  let network: ClusterNetwork;
  let login: PullCredentials;
  let legacy: { readonly address: string; readonly stop: () => Promise<void> };
  const nodes = new Map<1 | 2, Containerd>();
  beforeAll(async () => {
    lab = await startLab({
      ...{ forge: { rootUrl: `https://${forgejo.host}` }, kubernetes: true, traefik: true },
      ...{ legacyRegistry: true },
    });
    await routeForgejo();
    await routeUpstream('ghcr.io');
    login = await pushPrivateImages();
    const client = new RegistryClient({ url: lab.legacyRegistry.url });
    for (const repository of ['library/cached', 'upstream/fetched', 'upstream/ready', 'legacy'])
      for (const major of majors) await pushImage(client, repository, `${repository} ${major}`, `v${major}`);
    legacy = await startLegacyWithLogin(`127.0.0.1:${await freePort()}`);
    network = await startClusterNetwork(lab, [
      { address: hosts.traefikLoadBalancer, port: 443, to: lab.traefik.websecure },
      { address: hosts.registryVm, port: 5000, to: lab.legacyRegistry.host },
      { address: hosts.registryVm, port: estate.registryVm.legacy.port, to: legacy.address },
    ]);
    await startDns('technitium', technitium, zonesOf(estate));
    await startDns('public', publicDns, { [forgejo.host]: publicAddress });
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

  /** Forgejo's own stack in the lab's cluster: Traefik serves its Ingress with a certificate of its name. */
  const routeForgejo = async (): Promise<void> => {
    const { certFile, keyFile } = await lab.authority.issue({ name: 'forge', hosts: [forgejo.host] });
    const files = {
      'secrets/fullchain.pem': readFileSync(certFile, 'utf8'),
      'secrets/privkey.pem': readFileSync(keyFile, 'utf8'),
    };
    const objects = await stackObjects(estate, 'forgejo', { files });
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'traefik' } },
      ...standInMiddlewares(objects),
      ...routeService(
        objects,
        { name: 'forgejo', namespace: forgejo.namespace },
        Number(new URL(lab.forge.url).port),
      ),
    ]);
  };

  /** A public registry, whose content is the legacy registry's, behind the same Traefik. */
  const routeUpstream = async (host: string): Promise<void> => {
    const { certFile, keyFile } = await lab.authority.issue({ name: host, hosts: [host] });
    const [name, namespace] = ['upstream', 'upstream'];
    const port = { number: Number(new URL(lab.legacyRegistry.url).port) };
    const data = {
      'tls.crt': readFileSync(certFile).toString('base64'),
      'tls.key': readFileSync(keyFile).toString('base64'),
    };
    const metadata = { name, namespace };
    const paths = [{ path: '/', pathType: 'Prefix', backend: { service: { name, port } } }];
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', data },
      {
        ...{ apiVersion: 'v1', kind: 'Service', metadata },
        spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port: port.number }] },
      },
      {
        ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata },
        spec: {
          ...{ ingressClassName: 'traefik', tls: [{ hosts: [host], secretName: name }] },
          rules: [{ host, http: { paths } }],
        },
      },
    ]);
  };

  /** Images of an account that only logged-in users see; answers the login of the cluster's pull Secret for them. */
  const pushPrivateImages = async (): Promise<PullCredentials> => {
    const owner = await lab.forge.createUser({ name: forgejo.packagesOwner, visibility: 'limited' });
    const password = await lab.forge.createToken(owner, ['write:package']);
    const client = new RegistryClient({
      url: lab.forge.url,
      credentials: { username: owner.name, password },
    });
    for (const tag of ['ready', 'dns-1', 'dns-2', 'redirect-1', 'redirect-2', 'may-1', 'may-2', 'outside'])
      await pushImage(client, `${owner.name}/payslip-ingest`, tag, tag);
    const puller = await lab.forge.createUser({ name: 'cluster-puller' });
    const token = await lab.forge.createToken(puller, ['read:package']);
    const objects = await stackObjects(estate, 'kyverno', {
      vault: { viktor: { forgejo_pull_token: token } },
    });
    return loginOf(objects, forgejo.host);
  };

  /** The legacy registry of the VM: TLS by a name that its certificate has, and a login. */
  const startLegacyWithLogin = async (address: string): Promise<typeof legacy> => {
    const wildcard = `*.${hosts.rootDomain}`;
    const { certFile, keyFile } = await lab.authority.issue({ name: 'registry-vm', hosts: [wildcard] });
    const { path: command, version } = await findTool('docker-registry', lab.progress);
    const passwords = join(scratch, 'htpasswd');
    writeFileSync(passwords, htpasswd);
    const file = join(scratch, 'legacy.yml');
    writeFileSync(
      file,
      stringify({
        version: '0.1',
        storage: { filesystem: { rootdirectory: lab.legacyRegistry.storage } },
        auth: { htpasswd: { realm: 'Registry Realm', path: passwords } },
        http: { addr: address, tls: { certificate: certFile, key: keyFile } },
      }),
    );
    const server = await lab.start({
      ...{ name: 'legacy-with-login', version, address, command, args: ['serve', file] },
      ready: () => listening('legacy-with-login', 'listening on'),
    });
    return { address, stop: () => server.stop() };
  };

  const listening = (name: string, sign: string): Promise<boolean> =>
    Promise.resolve(readFileSync(join(lab.folder, `${name}.log`), 'utf8').includes(sign));

  /** The zone files that are rendered for Technitium, and an address for what stands for the world. */
  const zonesOf = (subject: Estate): Readonly<Record<string, string>> => ({
    'ghcr.io': hosts.traefikLoadBalancer,
    ...Object.fromEntries(
      dnsSnippets(subject)
        .filter(({ server }) => server === 'technitium')
        .map(({ fileName, text }) => [fileName.replace(/^technitium\/|\.zone$/g, ''), text]),
    ),
  });

  /** A DNS server at an address of the network: a zone a name, by its file or by its one address. */
  const startDns = async (
    name: string,
    address: string,
    zones: Readonly<Record<string, string>>,
  ): Promise<void> => {
    const { path, version } = await findTool('coredns', lab.progress);
    const blocks = Object.entries(zones).map(([zone, content]) => {
      const isFile = content.includes('\n');
      const file = join(scratch, `${name}-${zone}`);
      if (isFile) writeFileSync(file, content);
      return `${zone}:53 {\n  bind ${address}\n  ${isFile ? `file ${file}` : `hosts {\n    ${content} ${zone}\n  }`}\n}\n`;
    });
    const corefile = join(scratch, `${name}.Corefile`);
    writeFileSync(corefile, blocks.join(''));
    const [command, ...args] = [...network.enter, path, '-conf', corefile];
    await lab.start({
      ...{ name, version, address: `${address}:53`, command, args },
      ready: () => listening(name, 'CoreDNS-'),
    });
  };

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
    `${forgejo.host}/${forgejo.packagesOwner}/payslip-ingest:${tag}`;

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
      for (const spelling of estate.registries.legacy.spellings)
        expect(await node(major).pull(`${spelling}/legacy:v${major}`, legacyLogin)).toEqual(isPulled);
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
      await expect(node(major).pull('registry.viktorbarzin.me/legacy:v1', legacyLogin)).rejects.toThrow(
        `"https://${hosts.registryVmPullName}:5050/v2/legacy/manifests/v1`,
      );
    } finally {
      legacy = await startLegacyWithLogin(legacy.address);
    }
  });

  it('containerd 1.x would pass over a hosts.toml without a host', async () => {
    const containerd = node(1);
    const file = join(containerd.hostsDirectory, 'registry.viktorbarzin.me/hosts.toml');
    const ours = readFileSync(file, 'utf8');
    writeFileSync(file, ours.slice(0, ours.indexOf('[host')));
    try {
      await expect(containerd.pull('registry.viktorbarzin.me/legacy:v1', legacyLogin)).rejects.toThrow(
        '"https://registry.viktorbarzin.me/v2/legacy/manifests/v1"',
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

function loginOf(objects: Awaited<ReturnType<typeof stackObjects>>, host: string): PullCredentials {
  const secret = objects.find(
    ({ kind, metadata }) => kind === 'Secret' && metadata.name === estate.kyverno.pullSecretName,
  ) as { readonly stringData?: Readonly<Record<string, string>> } | undefined;
  const config = JSON.parse(secret?.stringData?.['.dockerconfigjson'] ?? '{}') as {
    auths: Readonly<Record<string, { auth: string }>>;
  };
  const [username = '', password = ''] = Buffer.from(config.auths[host]?.auth ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return { username, password };
}

function textOf(subject: Estate, path: string, major: 1 | 2 = 2): string {
  const file = kubernetesNode(subject, major).files.find((row) => row.path === path);
  return contentText(file?.content ?? [], secretPlaceholder);
}
