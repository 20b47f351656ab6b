import { presentLegacyOnVm } from '../estate/derived/legacy-registry';
import { dataFolder } from '../estate/derived/registry-vm-paths';
import type { EstateWithVm } from '../estate/estate';
import type { LegacyOnVm } from '../estate/legacy-registry';
import type { ComposeService } from './compose';
import { nginxConfig } from './nginx';
import { cacheConfig, legacyConfig } from './registry-config';
import { configTarget, serviceOf } from './vm-names';

/** Everything that runs on the registry VM in the estate's phase. */
export function vmServices(estate: EstateWithVm): readonly ComposeService[] {
  const legacy = presentLegacyOnVm(estate);
  const registries = [
    ...cacheServices(estate),
    ...(legacy === undefined ? [] : [legacyService(estate, legacy)]),
  ];
  return [
    ...registries,
    nginxService(
      estate,
      registries.map(({ name }) => name),
    ),
    uiService(estate),
  ];
}

function cacheServices(estate: EstateWithVm): ComposeService[] {
  const { folder, images, metrics, container } = estate.registryVm;
  return estate.pullThroughCaches.map((cache) => ({
    name: serviceOf(cache.name),
    image: images.registry,
    ...(cache.name === metrics.cache ? { ports: [{ host: metrics.port, container: metrics.port }] } : {}),
    files: [
      {
        path: `${folder}/config-${cache.name}.yml`,
        target: configTarget,
        mode: cache.login === undefined ? ('0644' as const) : ('0600' as const),
        content: cacheConfig(estate, cache),
      },
    ],
    folders: [{ source: dataFolder(estate, cache.name), target: container.dataFolder }],
    healthcheck: ['CMD', 'wget', '-q', '-O', '/dev/null', `http://127.0.0.1:${container.registryPort}/v2/`],
  }));
}

function legacyService(estate: EstateWithVm, legacy: LegacyOnVm): ComposeService {
  const { folder, images, container } = estate.registryVm;
  const url = `http://127.0.0.1:${container.registryPort}/v2/`;
  return {
    name: serviceOf(legacy.name),
    image: images.registry,
    files: [
      {
        path: `${folder}/config-${legacy.name}.yml`,
        target: configTarget,
        mode: '0644',
        content: legacyConfig(estate, legacy),
      },
      {
        path: `${folder}/htpasswd`,
        target: container.htpasswdFile,
        mode: '0600',
        content: [{ vault: legacy.htpasswd }, '\n'],
      },
    ],
    folders: [{ source: dataFolder(estate, legacy.name), target: container.dataFolder }],
    // It asks for a login; any answer shows that it works.
    healthcheck: ['CMD-SHELL', `wget -O /dev/null ${url} 2>&1 | grep -q HTTP/`],
  };
}

function nginxService(estate: EstateWithVm, startsAfter: readonly string[]): ComposeService {
  const { folder, images, container } = estate.registryVm;
  const legacy = presentLegacyOnVm(estate);
  const published = estate.pullThroughCaches.map(({ port }) => port);
  const file = (name: string, target: string) => ({
    path: `${folder}/${name}`,
    target,
    mode: '0600' as const,
  });
  return {
    name: 'nginx',
    containerName: 'registry-nginx',
    image: images.nginx,
    ports: [...published, ...(legacy === undefined ? [] : [legacy.port])].map((port) => ({
      host: port,
      container: port,
    })),
    files: [
      {
        path: `${folder}/nginx.conf`,
        target: '/etc/nginx/nginx.conf',
        mode: '0644',
        content: [nginxConfig(estate)],
      },
      ...(legacy === undefined
        ? []
        : [
            {
              ...file('tls/fullchain.pem', `${container.tlsFolder}/fullchain.pem`),
              content: [{ vault: legacy.tls.certificate }, '\n'],
            },
            {
              ...file('tls/privkey.pem', `${container.tlsFolder}/privkey.pem`),
              content: [{ vault: legacy.tls.key }, '\n'],
            },
          ]),
    ],
    volumes: [{ source: 'nginx-cache', target: container.nginxFolder }],
    // Started, not healthy: one upstream that is away would keep every other cache from its clients.
    startsAfter,
    healthcheck: ['CMD', 'wget', '-q', '-O', '/dev/null', `http://127.0.0.1:${published[0] ?? 80}/healthz`],
  };
}

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
    healthcheck: ['CMD', 'wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:80/'],
  };
}
