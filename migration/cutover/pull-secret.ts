import { registryHosts } from '../../rollout/docker-config';
import type { Estate } from '../../estate/estate';
import type { Cluster } from '../../rollout/kubectl';
import { labelOf, type Consumer } from './consumers';

interface ServiceAccount {
  readonly metadata: { readonly name: string };
  readonly imagePullSecrets?: readonly { readonly name: string }[];
}

/**
 * Why the pods of these could not log in to a registry: claude-memory ran from a private one without the Secret, from a
 * node's cache, until its next reschedule.
 */
export async function pullSecretFaults(
  estate: Estate,
  consumers: readonly Consumer[],
  host: string,
  cluster: Cluster,
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const consumer of consumers) {
    const { namespace, template } = consumer;
    const account = template.serviceAccountName ?? 'default';
    const accounts = await cluster.items<ServiceAccount>(['serviceaccounts', '-n', namespace]);
    const named = [
      ...(template.imagePullSecrets ?? []),
      ...(accounts.find(({ metadata: { name } }) => name === account)?.imagePullSecrets ?? []),
    ].map(({ name }) => name);
    const secrets = await cluster.items<{
      readonly metadata: { readonly name: string };
      readonly data?: Readonly<Record<string, string>>;
    }>(['secrets', '-n', namespace, '--field-selector', 'type=kubernetes.io/dockerconfigjson']);
    const usable = secrets.filter(({ metadata: { name } }) => named.includes(name));
    if (usable.some(({ data }) => registryHosts(data).includes(host))) continue;
    faults.push(
      named.length === 0
        ? `${labelOf(consumer)}: names no pull Secret, got none; add image_pull_secrets { name = "${estate.pullSecret.name}" } to its pod spec`
        : `${labelOf(consumer)}: its pull Secret has no login for "${host}", got ${named.map((name) => `"${name}"`).join(', ')}${usable.length === 0 ? ', not in the namespace' : ''}; apply the stack of the pull Secret, and look that it was copied`,
    );
  }
  return faults;
}
