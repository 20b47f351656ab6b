import { presentLegacyOnVm } from '../estate/derived/legacy-registry';
import { dataFolder } from '../estate/derived/registry-vm-paths';
import type { EstateWithVm } from '../estate/estate';
import type { LegacyOnVm } from '../estate/legacy-registry';
import type { PullThroughCache } from '../estate/registries';
import type { VaultKey } from '../estate/tokens';
import type { ComposeService, FileMount } from './compose';
import type { Content } from './managed-file';
import { nginxConfig } from './nginx';
import { cacheConfig, legacyConfig } from './registry-config';
import { configTarget, serviceOf } from './vm-names';

/** Everything that runs on the registry VM in the estate's phase. */
export function vmServices(estate: EstateWithVm): readonly ComposeService[] {
  const legacy = presentLegacyOnVm(estate);
  const registries = [
    ...estate.pullThroughCaches.map((cache) => cacheService(estate, cache)),
    ...(legacy === undefined ? [] : [legacyService(estate, legacy)]),
  ];
  const names = registries.map(({ name }) => name);
  return [...registries, nginxService(estate, legacy, names), uiService(estate)];
}

/** What a registry has, whatever it serves. */
function registryService(estate: EstateWithVm, name: string, config: Content, mode: FileMount['mode']) {
  const { folder, images, container } = estate.registryVm;
  return {
    name: serviceOf(name),
    image: images.registry,
    files: [{ path: `${folder}/config-${name}.yml`, target: configTarget, mode, content: config }],
    folders: [{ source: dataFolder(estate, name), target: container.dataFolder }],
  };
}

function cacheService(estate: EstateWithVm, cache: PullThroughCache): ComposeService {
  const { metrics, container } = estate.registryVm;
  return {
    ...registryService(
      estate,
      cache.name,
      cacheConfig(estate, cache),
      cache.login === undefined ? '0644' : '0600',
    ),
    ...(cache.name === metrics.cache && { ports: [published(metrics.port)] }),
    healthcheck: answersAt(`${container.registryPort}/v2/`),
  };
}

function legacyService(estate: EstateWithVm, legacy: LegacyOnVm): ComposeService {
  const { folder, container } = estate.registryVm;
  const url = `http://127.0.0.1:${container.registryPort}/v2/`;
  const service = registryService(estate, legacy.name, legacyConfig(estate, legacy), '0644');
  const logins = { path: `${folder}/htpasswd`, target: container.htpasswdFile };
  return {
    ...service,
    files: [...service.files, secretFile(logins, legacy.htpasswd)],
    // It asks for a login; any answer shows that it works.
    healthcheck: ['CMD-SHELL', `wget -O /dev/null ${url} 2>&1 | grep -q HTTP/`],
  };
}

function nginxService(
  estate: EstateWithVm,
  legacy: LegacyOnVm | undefined,
  startsAfter: readonly string[],
): ComposeService {
  const { folder, images, container } = estate.registryVm;
  const ports = estate.pullThroughCaches.map(({ port }) => port);
  const tls = (name: string, key: VaultKey): FileMount =>
    secretFile({ path: `${folder}/tls/${name}`, target: `${container.tlsFolder}/${name}` }, key);
  return {
    ...{ name: 'nginx', containerName: 'registry-nginx', image: images.nginx },
    ports: [...ports, ...(legacy === undefined ? [] : [legacy.port])].map(published),
    files: [
      {
        ...{ path: `${folder}/nginx.conf`, target: '/etc/nginx/nginx.conf', mode: '0644' },
        content: [nginxConfig(estate)],
      },
      ...(legacy === undefined
        ? []
        : [tls('fullchain.pem', legacy.tls.certificate), tls('privkey.pem', legacy.tls.key)]),
    ],
    volumes: [{ source: 'nginx-cache', target: container.nginxFolder }],
    // Started, not healthy: one upstream that is away would keep every other cache from its clients.
    startsAfter,
    healthcheck: answersAt(`${ports[0] ?? 80}/healthz`),
  };
}

const published = (port: number): { host: number; container: number } => ({ host: port, container: port });

const answersAt = (place: string): readonly string[] => [
  ...['CMD', 'wget', '-q', '-O', '/dev/null', `http://127.0.0.1:${place}`],
];

const secretFile = (at: Pick<FileMount, 'path' | 'target'>, vault: VaultKey): FileMount => ({
  ...at,
  ...{ mode: '0600', content: [{ vault }, '\n'] },
});

function uiService({ hosts, registryVm }: EstateWithVm): ComposeService {
  const { container, images, ui } = registryVm;
  return {
    name: 'registry-ui',
    image: images.ui,
    ports: [{ host: ui.port, container: 80 }],
    environment: {
      NGINX_PROXY_PASS_URL: `http://${serviceOf(ui.cache)}:${container.registryPort}`,
      SINGLE_REGISTRY: 'true',
      // A pull-through cache refuses to delete.
      DELETE_IMAGES: 'false',
      CATALOG_ELEMENTS_LIMIT: '1000',
      TAGLIST_PAGE_SIZE: '100',
      REGISTRY_TITLE: hosts.rootDomain,
    },
    startsAfter: [serviceOf(ui.cache)],
    healthcheck: answersAt('80/'),
  };
}
