import { Document, Scalar } from 'yaml';
import type { EstateWithVm } from '../estate/estate';
import type { LegacyOnVm } from '../estate/legacy-registry';
import type { PullThroughCache } from '../estate/registries';
import type { VaultKey } from '../estate/tokens';
import type { Content } from './managed-file';

/** Stands for a secret while YAML is printed; a private-use character, which no file of ours may hold. */
const secretMark = '\uE000';

/**
 * The configuration of one pull-through cache, as `registry:2.8.3` reads it. That version forgets what it fetched after
 * seven days, which no setting changes, and needs deletion enabled to do so. No cache of blob descriptors in memory:
 * it would go on naming blobs that the collection of garbage has removed.
 *
 * @see https://distribution.github.io/distribution/about/configuration/
 */
export function cacheConfig({ registryVm }: EstateWithVm, cache: PullThroughCache): Content {
  const { login, name, upstreamUrl } = cache;
  const { container, metrics } = registryVm;
  const debug = {
    addr: `${container.listenAddress}:${metrics.port}`,
    prometheus: { enabled: true, path: '/metrics' },
  };
  return configFile(
    {
      ...common(name, container, '24h', '4h'),
      http: { ...http(container), ...(metrics.cache === name && { debug }) },
      proxy: { remoteurl: upstreamUrl, ...(login && { username: login.user, password: secretMark }) },
    },
    login?.password,
  );
}

/** The configuration of the legacy private registry, behind its one account. */
export function legacyConfig({ registryVm: { container } }: EstateWithVm, legacy: LegacyOnVm): Content {
  return configFile({
    ...common(legacy.name, container, '168h', '24h'),
    http: http(container),
    auth: { htpasswd: { realm: 'Registry Realm', path: container.htpasswdFile } },
  });
}

type Container = EstateWithVm['registryVm']['container'];

function common(name: string, { dataFolder }: Container, age: string, interval: string): object {
  return {
    version: '0.1',
    log: { level: 'info', fields: { service: `registry-${name}` } },
    storage: {
      filesystem: { rootdirectory: dataFolder },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: true, age, interval, dryrun: false } },
    },
  };
}

function http({ listenAddress, registryPort }: Container): object {
  return { addr: `${listenAddress}:${registryPort}`, draintimeout: '60s' };
}

function configFile(config: object, secret?: VaultKey): Content {
  const document = new Document(config);
  if (secret === undefined) return [document.toString({ lineWidth: 0 })];
  // In a literal block every character of the secret stands for itself.
  const scalar = new Scalar(secretMark);
  scalar.type = Scalar.BLOCK_LITERAL;
  document.setIn(['proxy', 'password'], scalar);
  const [before = '', after = ''] = document.toString({ lineWidth: 0 }).split(secretMark);
  return [before, { vault: secret }, after];
}
