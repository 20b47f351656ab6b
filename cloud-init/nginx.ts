import { presentLegacyOnVm } from '../estate/derived/legacy-registry';
import type { EstateWithVm } from '../estate/estate';
import type { LegacyOnVm } from '../estate/legacy-registry';
import type { PullThroughCache } from '../estate/registries';
import { block, directive, printNginx, type Directive } from './nginx-syntax';
import { serviceOf } from './vm-names';

/**
 * The one nginx in front of every registry on the VM: a server for each published port, so that none is open without
 * a listener (incident 13). An upstream is a variable that the containers' DNS resolves anew: nginx resolves a literal
 * name once, at its start, and would send a recreated container's clients to whoever got its address.
 */
export function nginxConfig(estate: EstateWithVm): string {
  return printNginx(nginxDirectives(estate));
}

/** The same as {@link nginxConfig}, before it is text. */
export function nginxDirectives(estate: EstateWithVm): readonly Directive[] {
  const { container } = estate.registryVm;
  const folder = container.nginxFolder;
  const legacy = presentLegacyOnVm(estate);
  return [
    directive('worker_processes', 'auto'),
    directive('error_log', 'stderr', 'warn'),
    block('events', [], directive('worker_connections', '1024')),
    block(
      'http',
      [],
      directive('access_log', '/dev/stdout'),
      ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) =>
        directive(`${name}_temp_path`, `${folder}/${name}_temp`),
      ),
      directive(
        'proxy_cache_path',
        ...[`${folder}/registry`, 'levels=1:2', 'keys_zone=registry:500m', 'max_size=50g'],
        ...['inactive=24h', 'use_temp_path=off'],
      ),
      directive('resolver', container.resolver, 'valid=10s', 'ipv6=off'),
      directive('proxy_http_version', '1.1'),
      directive('proxy_set_header', 'Host', '$http_host'),
      directive('proxy_set_header', 'X-Forwarded-Proto', '$scheme'),
      directive('proxy_connect_timeout', '10s'),
      directive('proxy_send_timeout', '900s'),
      directive('proxy_read_timeout', '900s'),
      ...estate.pullThroughCaches.map((cache) => cacheServer(estate, cache)),
      ...(legacy === undefined ? [] : [legacyServer(estate, legacy)]),
    ),
  ];
}

function cacheServer({ registryVm }: EstateWithVm, { name, port, upstream }: PullThroughCache): Directive {
  const { listenAddress, registryPort } = registryVm.container;
  const location = (args: readonly string[], ...directives: readonly Directive[]): Directive =>
    block('location', args, ...directives);
  const ok = directive('return', '200', 'ok');
  const toRegistry = directive('proxy_pass', 'http://$registry');
  const elseUnavailable = directive('error_page', '502', '503', '504', '=502', '@unavailable');
  const errors = [{ code: 'UNAVAILABLE', message: `the cache of ${upstream} does not answer` }];
  return block(
    'server',
    [],
    directive('listen', `${listenAddress}:${port}`),
    directive('set', '$registry', `${serviceOf(name)}:${registryPort}`),
    location(['=', '/'], ok),
    location(['=', '/healthz'], ok),
    location(['/v2/'], toRegistry, elseUnavailable),
    // A blob is what its digest says for ever, a manifest by tag is not: only blobs are kept here.
    location(
      ['~', '^/v2/.+/blobs/sha256:'],
      toRegistry,
      directive('proxy_cache', 'registry'),
      directive('proxy_cache_key', '$registry$uri'),
      directive('proxy_cache_valid', '200', '24h'),
      directive('proxy_cache_min_uses', '2'),
      directive('proxy_cache_lock', 'on'),
      directive('proxy_cache_lock_timeout', '5m'),
      directive('proxy_cache_lock_age', '5m'),
      elseUnavailable,
    ),
    location(
      ['@unavailable'],
      directive('default_type', 'application/json'),
      directive('return', '502', JSON.stringify({ errors })),
    ),
  );
}

function legacyServer({ legacyRegistry, registryVm }: EstateWithVm, legacy: LegacyOnVm): Directive {
  const { container } = registryVm;
  return block(
    'server',
    [],
    directive('listen', `${container.listenAddress}:${legacy.port}`, 'ssl'),
    directive('server_name', legacyRegistry.host),
    directive('ssl_certificate', `${container.tlsFolder}/fullchain.pem`),
    directive('ssl_certificate_key', `${container.tlsFolder}/privkey.pem`),
    directive('ssl_protocols', 'TLSv1.2', 'TLSv1.3'),
    directive('client_max_body_size', '0'),
    directive('proxy_buffering', 'off'),
    directive('proxy_request_buffering', 'off'),
    directive('set', '$registry', `${serviceOf(legacy.name)}:${container.registryPort}`),
    block('location', ['/'], directive('proxy_pass', 'http://$registry')),
  );
}
