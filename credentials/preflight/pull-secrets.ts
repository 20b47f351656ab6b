import { pullLogins } from '../../estate/derived/pull-secret';
import type { Estate } from '../../estate/estate';
import { registryLogins } from '../../rollout/docker-config';
import { readItems } from '../../rollout/read-cluster';
import type { Run } from '../../rollout/run-command';
import { textAt, type ReadPaths } from '../../rollout/vault-paths';
import { findingOf, type Finding } from './finding';

/** Every namespace of the cluster, with the logins of its pull Secret; undefined where there is none that can be read. */
export type ObservedPullSecrets = ReadonlyMap<string, ReadonlyMap<string, string> | undefined>;

interface Namespaced {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly status?: { readonly phase?: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** Asks the cluster. @throws Refused when it cannot be asked */
export async function observePullSecrets({ pullSecret }: Estate, run: Run): Promise<ObservedPullSecrets> {
  const selector = ['--field-selector', `metadata.name=${pullSecret.name}`];
  const namespaces = await readItems<Namespaced>(run, ['get', 'namespaces']);
  const secrets = await readItems<Namespaced>(run, ['get', 'secrets', '--all-namespaces', ...selector]);
  const found = new Map(secrets.map(({ metadata, data }) => [metadata.namespace, registryLogins(data)]));
  return new Map(
    namespaces
      .filter(({ status }) => status?.phase !== 'Terminating')
      .map(({ metadata: { name } }) => [name, found.get(name)]),
  );
}

/** Whether the source holds what Vault does, and every copy what the source does. */
export function judgePullSecrets(
  estate: Estate,
  observed: ObservedPullSecrets,
  paths: ReadPaths,
): readonly Finding[] {
  const { pullSecret } = estate;
  const inVault = new Map(
    pullLogins(estate).map(({ host, user, password }) => {
      const [name, word] = [typeof user === 'string' ? user : textAt(paths, user), textAt(paths, password)];
      return [host, name !== undefined && word !== undefined ? `${name}:${word}` : undefined] as const;
    }),
  );
  const judge = (
    namespace: string,
    expected: ReadonlyMap<string, string | undefined>,
    of: string,
    remedy: string,
  ): Finding => {
    const has = observed.get(namespace);
    const finding = findingOf('pull secret', `${namespace}/${pullSecret.name}`);
    if (has === undefined) return finding('fault', `has no login at all, got none; ${remedy}`);
    const behind = [...new Set([...expected.keys(), ...has.keys()])]
      .filter((host) =>
        expected.has(host) && has.has(host)
          ? expected.get(host) !== undefined && expected.get(host) !== has.get(host)
          : true,
      )
      .sort();
    return behind.length === 0
      ? finding('well', `has the ${has.size} logins of ${of}`)
      : finding('fault', `differs from ${of}, got other logins of "${behind.join('", "')}"; ${remedy}`);
  };
  if (pullSecret.copiedBy === 'terraform')
    return pullSecret.namespaces.map((namespace) =>
      judge(namespace, inVault, 'Vault', 'apply the stack pull-secrets'),
    );
  const { namespace: home, excludedNamespaces } = pullSecret;
  const source = observed.get(home) ?? new Map<string, string>();
  const others = [...observed.keys()].filter(
    (namespace) => namespace !== home && !excludedNamespaces.includes(namespace),
  );
  return [
    judge(home, inVault, 'Vault', 'apply the stack kyverno, then look here again'),
    ...others
      .sort()
      .map((namespace) =>
        judge(
          namespace,
          source,
          'its source',
          `kubectl label namespace ${namespace} renew-pull-secret=now && kubectl label namespace ${namespace} renew-pull-secret-`,
        ),
      ),
  ];
}
