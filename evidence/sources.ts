import { KubernetesApi } from '../clients/kubernetes/api';
import { RegistryClient } from '../clients/oci/client';
import { PrometheusApi } from '../clients/prometheus';
import type { Estate } from '../estate/estate';
import type { Terminal } from '../terminal/terminal';

/** What can be asked; whoever has not been named is not needed by any claim that is collected. */
export interface Sources {
  readonly prometheus: PrometheusApi | undefined;
  readonly kubernetes: KubernetesApi | undefined;
  readonly tree: string | undefined;
  /** What a decommission makes of the tree's files, by path. @default nothing */
  readonly removal?: () => Promise<ReadonlyMap<string, string | undefined>>;
  readonly target: RegistryClient;
  /** The registry that references name by this host. */
  readonly sourceOf: (host: string) => RegistryClient;
  readonly nowMs: number;
}

export interface SourceOptions {
  readonly prometheus?: string;
  readonly cluster?: string;
  readonly tree?: string;
  /** @default the estate's host */
  readonly forgejo?: string;
  /** @default the host that references name */
  readonly legacy?: string;
}

const dockerHub = { url: 'https://registry-1.docker.io', realmHosts: ['auth.docker.io'] };

export function sourcesOf(
  estate: Estate,
  options: SourceOptions,
  environment: Terminal['environment'],
  nowMs: number,
): Sources {
  const { FORGEJO_USER, FORGEJO_TOKEN, REG_USER, REG_PASS, KUBERNETES_TOKEN: token } = environment;
  const { prometheus, cluster, tree, forgejo = `https://${estate.forgejo.host}`, legacy } = options;
  const login = (username = '', password = ''): { credentials?: { username: string; password: string } } =>
    username === '' && password === '' ? {} : { credentials: { username, password } };
  return {
    ...{ tree, nowMs },
    prometheus: prometheus === undefined ? undefined : new PrometheusApi({ url: prometheus }),
    kubernetes:
      cluster === undefined
        ? undefined
        : new KubernetesApi({ url: cluster, ...(token === undefined ? {} : { token }) }),
    // As many as a verification has under way.
    target: new RegistryClient({
      ...{ url: forgejo, maxConcurrentRequests: 32, ...login(FORGEJO_USER, FORGEJO_TOKEN) },
    }),
    sourceOf: (host) => {
      if (host === 'docker.io') return new RegistryClient(dockerHub);
      const isLegacy = host.split(':')[0] === estate.legacyRegistry.host;
      const url = (isLegacy ? legacy : undefined) ?? `https://${host}`;
      return new RegistryClient({ url, ...(isLegacy ? login(REG_USER, REG_PASS) : {}) });
    },
  };
}
