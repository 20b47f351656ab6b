import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentText } from '../../cloud-init/content';
import type { SecretReference } from '../../cloud-init/managed-file';
import { nginxConfig } from '../../cloud-init/nginx';
import { cacheConfig, legacyConfig } from '../../cloud-init/registry-config';
import { serviceOf } from '../../cloud-init/vm-names';
import { legacyOnVm } from '../../estate/derived/legacy-registry';
import type { EstateWithVm } from '../../estate/estate';
import type { LegacyOnVm } from '../../estate/legacy-registry';
import type { Certificate } from '../process/certificate-authority';
import { startDnsResponder, type DnsResponder } from '../servers/dns-responder';
import { findTool } from '../programs/find-tool';
import { answers } from '../process/http-ready';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';
import type { ServerProcess } from '../process/server-process';

export interface RegistryVmProps {
  readonly estate: EstateWithVm;
  /** Where each cache fetches from, by the cache's name. */
  readonly upstreams: Readonly<Record<string, string>>;
  readonly valueOf: (secret: SecretReference) => string;
  /** The legacy registry too, behind its certificate. @default the caches alone, as after the decommission */
  readonly legacy?: Certificate;
}

/** A cache that runs outside of any container, at an address that the lab's DNS gives its container's name. */
export interface RunningCache {
  readonly name: string;
  /** As its clients reach it: a published port of nginx. */
  readonly url: string;
  /** Its configuration file and data folder, as `garbage-collect` takes them. */
  readonly configFile: string;
  readonly dataFolder: string;
  stop(): Promise<void>;
  /** Starts it again, at another address of the same machine when one is given. */
  start(address?: string): Promise<void>;
}

/** The registry VM's nginx and caches, with their rendered configuration, on loopback. */
export interface LabRegistryVm {
  /** The estate that was rendered. */
  readonly estate: EstateWithVm;
  readonly caches: readonly RunningCache[];
  readonly dns: DnsResponder;
  /** The port of the legacy registry, over TLS. */
  readonly legacyPort: number;
}

/**
 * Starts what the compose file starts, but for the page. The texts are the renderers' own; the
 * facts that say where things lie are changed, because there is no container: each cache has an address instead.
 */
export async function startRegistryVm(lab: LabContext, props: RegistryVmProps): Promise<LabRegistryVm> {
  const folder = lab.serverFolder('registry-vm');
  const dns = await startDnsResponder(new Map());
  const estate = await loopbackEstate(props, folder, dns.host);
  const caches: RunningCache[] = [];
  for (const [index, { name }] of estate.pullThroughCaches.entries()) {
    const cache = cacheAt(lab, estate, name, props.valueOf, (address) =>
      dns.addresses.set(serviceOf(name), address),
    );
    await cache.start(`127.0.0.${index + firstAddress}`);
    caches.push(cache);
  }
  if (props.legacy !== undefined) {
    const address = `127.0.0.${estate.pullThroughCaches.length + firstAddress}`;
    await startLegacy(lab, estate, props, props.legacy, address);
    dns.addresses.set(serviceOf(legacyFacts(estate).name), address);
  }
  await startNginx(lab, estate, folder);
  return { estate, caches, dns, legacyPort: legacyFacts(estate).port };
}

/** The last octet of the first cache's address. */
const firstAddress = 11;

async function loopbackEstate(
  { estate, upstreams, legacy }: RegistryVmProps,
  folder: string,
  resolver: string,
): Promise<EstateWithVm> {
  const { registryVm } = estate;
  const [registryPort, metricsPort, legacyPort] = [await freePort(), await freePort(), await freePort()];
  const pullThroughCaches = [];
  for (const cache of estate.pullThroughCaches)
    pullThroughCaches.push({ ...cache, port: await freePort(), upstreamUrl: upstreams[cache.name] ?? '' });
  const nginxFolder = join(folder, 'nginx');
  mkdirSync(nginxFolder, { recursive: true });
  return {
    ...estate,
    legacyRegistry: {
      ...estate.legacyRegistry,
      runsOn: { ...legacyFacts(estate), port: legacyPort },
    },
    phase: legacy === undefined ? 'decommission' : 'prepare',
    pullThroughCaches,
    registryVm: {
      ...registryVm,
      metrics: { ...registryVm.metrics, port: metricsPort },
      container: {
        ...registryVm.container,
        ...{ listenAddress: '127.0.0.1', registryPort, resolver, nginxFolder },
        tlsFolder: join(folder, 'tls'),
      },
    },
  };
}

function cacheAt(
  lab: LabContext,
  estate: EstateWithVm,
  name: string,
  valueOf: (secret: SecretReference) => string,
  resolveTo: (address: string) => void,
): RunningCache {
  const cache = estate.pullThroughCaches.find((row) => row.name === name);
  if (cache === undefined) throw new Error(`lab: the estate has no cache "${name}"`);
  const { registryVm } = estate;
  const folder = lab.serverFolder(serviceOf(name));
  const configFile = join(folder, 'config.yml');
  const dataFolder = join(folder, 'data');
  let last = '';
  let server: ServerProcess | undefined;
  return {
    name,
    url: `http://127.0.0.1:${cache.port}`,
    configFile,
    dataFolder,
    stop: async () => {
      await server?.stop();
    },
    start: async (address = last) => {
      last = address;
      const tool = await findTool('docker-registry', lab.progress);
      const container = { ...registryVm.container, listenAddress: address, dataFolder };
      const content = cacheConfig({ ...estate, registryVm: { ...registryVm, container } }, cache);
      writeFileSync(configFile, contentText(content, valueOf));
      const url = `http://${address}:${container.registryPort}`;
      server = await lab.start({
        name: serviceOf(name),
        version: tool.version,
        address: url,
        command: tool.path,
        args: ['serve', configFile],
        ready: () => answers(`${url}/v2/`),
        readyTimeoutMs: 10_000,
      });
      resolveTo(address);
    },
  };
}

function legacyFacts(estate: EstateWithVm): LegacyOnVm {
  const legacy = legacyOnVm(estate);
  if (legacy === undefined) throw new Error('lab: the estate has no legacy registry on its VM');
  return legacy;
}

async function startLegacy(
  lab: LabContext,
  { registryVm, ...estate }: EstateWithVm,
  { valueOf }: RegistryVmProps,
  { certFile, keyFile }: Certificate,
  listenAddress: string,
): Promise<void> {
  const { container } = registryVm;
  const legacy = legacyFacts({ registryVm, ...estate });
  const folder = lab.serverFolder(serviceOf(legacy.name));
  mkdirSync(container.tlsFolder, { recursive: true });
  copyFileSync(certFile, join(container.tlsFolder, 'fullchain.pem'));
  copyFileSync(keyFile, join(container.tlsFolder, 'privkey.pem'));
  const htpasswdFile = join(folder, 'htpasswd');
  writeFileSync(htpasswdFile, `${valueOf({ vault: legacy.htpasswd })}\n`);
  const configFile = join(folder, 'config.yml');
  const places = { ...container, listenAddress, htpasswdFile, dataFolder: join(folder, 'data') };
  const content = legacyConfig({ ...estate, registryVm: { ...registryVm, container: places } }, legacy);
  writeFileSync(configFile, contentText(content, valueOf));
  const tool = await findTool('docker-registry', lab.progress);
  const url = `http://${listenAddress}:${container.registryPort}`;
  await lab.start({
    name: serviceOf(legacy.name),
    version: tool.version,
    address: url,
    command: tool.path,
    args: ['serve', configFile],
    ready: () => answers(`${url}/v2/`),
  });
}

async function startNginx(lab: LabContext, estate: EstateWithVm, folder: string): Promise<void> {
  const tool = await findTool('nginx', lab.progress);
  const configFile = join(folder, 'nginx.conf');
  writeFileSync(configFile, nginxConfig(estate));
  const url = `http://127.0.0.1:${estate.pullThroughCaches[0]?.port ?? 0}`;
  await lab.start({
    name: 'registry-nginx',
    version: tool.version,
    address: url,
    command: tool.path,
    args: [
      '-p',
      folder,
      '-c',
      configFile,
      '-g',
      `daemon off; user ${nginxUser()}; pid ${join(folder, 'nginx.pid')};`,
    ],
    ready: () => answers(`${url}/healthz`),
  });
}

/** The lab's folder is its owner's alone. */
function nginxUser(): string {
  return process.getuid?.() === 0 ? 'root' : 'nobody';
}
