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
import type { PullThroughCache } from '../../estate/registries';
import type { Certificate } from '../../lab/process/certificate-authority';
import { startLoopbackDns, type LoopbackDns } from './loopback-dns';
import { startLoopbackServer } from '../../lab/servers/loopback-server';
import { startProgram } from '../../lab/programs/start-program';
import { answers } from '../../lab/process/http-ready';
import type { LabContext } from '../../lab/process/lab-context';
import { freePort } from '../../lab/process/ports';
import type { ServerProcess } from '../../lab/process/server-process';

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
  readonly dns: LoopbackDns;
  /** The port of the legacy registry, over TLS. */
  readonly legacyPort: number;
}

/**
 * Starts what the compose file starts, but for the page. The texts are the renderers' own; the
 * facts that say where things lie are changed, because there is no container: each cache has an address instead.
 */
export async function startRegistryVm(lab: LabContext, props: RegistryVmProps): Promise<LabRegistryVm> {
  const folder = lab.serverFolder('registry-vm');
  const dns = await startLoopbackDns(lab);
  const estate = await loopbackEstate(props, folder, dns.host);
  const caches: RunningCache[] = [];
  for (const [index, row] of estate.pullThroughCaches.entries()) {
    const cache = cacheAt(lab, estate, row, props.valueOf, dns);
    await cache.start(`127.0.0.${index + firstAddress}`);
    caches.push(cache);
  }
  if (props.legacy !== undefined) {
    const address = `127.0.0.${estate.pullThroughCaches.length + firstAddress}`;
    await startLegacy(lab, estate, props, props.legacy, address);
    await dns.set(serviceOf(legacyFacts(estate).name), address);
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
    legacyRegistry: { ...estate.legacyRegistry, runsOn: { ...legacyFacts(estate), port: legacyPort } },
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
  cache: PullThroughCache,
  valueOf: RegistryVmProps['valueOf'],
  dns: LoopbackDns,
): RunningCache {
  const { registryVm } = estate;
  const service = serviceOf(cache.name);
  const folder = lab.serverFolder(service);
  const dataFolder = join(folder, 'data');
  let last = '';
  let server: ServerProcess | undefined;
  return {
    name: cache.name,
    url: `http://127.0.0.1:${cache.port}`,
    ...{ configFile: join(folder, 'config.yml'), dataFolder },
    stop: async () => {
      await server?.stop();
    },
    start: async (address = last) => {
      last = address;
      const container = { ...registryVm.container, listenAddress: address, dataFolder };
      const content = cacheConfig({ ...estate, registryVm: { ...registryVm, container } }, cache);
      const config = contentText(content, valueOf);
      server = await startRegistry(lab, service, `${address}:${container.registryPort}`, config);
      await dns.set(service, address);
    },
  };
}

/** One registry of the VM, as its image starts it. */
function startRegistry(lab: LabContext, name: string, host: string, config: string): Promise<ServerProcess> {
  const files = { 'config.yml': config };
  return startLoopbackServer(lab, 'legacy-registry', { name, host, files, readyTimeoutMs: 10_000 });
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
  const service = serviceOf(legacy.name);
  const folder = lab.serverFolder(service);
  mkdirSync(container.tlsFolder, { recursive: true });
  copyFileSync(certFile, join(container.tlsFolder, 'fullchain.pem'));
  copyFileSync(keyFile, join(container.tlsFolder, 'privkey.pem'));
  const htpasswdFile = join(folder, 'htpasswd');
  writeFileSync(htpasswdFile, `${valueOf({ vault: legacy.htpasswd })}\n`);
  const places = { ...container, listenAddress, htpasswdFile, dataFolder: join(folder, 'data') };
  const content = legacyConfig({ ...estate, registryVm: { ...registryVm, container: places } }, legacy);
  const host = `${listenAddress}:${container.registryPort}`;
  await startRegistry(lab, service, host, contentText(content, valueOf));
}

async function startNginx(lab: LabContext, estate: EstateWithVm, folder: string): Promise<void> {
  const configFile = join(folder, 'nginx.conf');
  writeFileSync(configFile, nginxConfig(estate));
  const address = `http://127.0.0.1:${estate.pullThroughCaches[0]?.port ?? 0}`;
  // The lab's folder is its owner's alone.
  const user = process.getuid?.() === 0 ? 'root' : 'nobody';
  const directives = `daemon off; user ${user}; pid ${join(folder, 'nginx.pid')};`;
  await startProgram(lab, {
    ...{ tool: 'nginx', name: 'registry-nginx', address, ready: () => answers(`${address}/healthz`) },
    args: ['-p', folder, '-c', configFile, '-g', directives],
  });
}
