import { readFileSync } from 'node:fs';
import type { Estate } from '../../estate/estate';
import type { Lab } from '../../lab/runs/lab';
import { applyObjects } from '../../lab/servers/apply-objects';
import { mustSucceed } from '../../lab/servers/vault';
import { synthesized } from '../support/synthesized';

type VaultLab = Lab<'kubernetes' | 'vault'>;

/** Makes ServiceAccounts, and lets the lab's Vault ask the API server whose tokens it is shown. */
export async function reviewTokens(
  lab: VaultLab,
  namespace: string,
  serviceAccounts: readonly string[],
): Promise<void> {
  const reviewer = 'reviewer';
  await applyObjects(lab.kubernetes, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...[...serviceAccounts, reviewer].map((name) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace },
    })),
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'vault-reviewer' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', name: reviewer, namespace }],
    },
  ]);
  await mustSucceed(lab.vault, {
    method: 'POST',
    path: `auth/${lab.vault.kubernetesAuth}/config`,
    body: {
      kubernetes_host: lab.kubernetes.url,
      kubernetes_ca_cert: readFileSync(lab.kubernetes.caFile, 'utf8'),
      token_reviewer_jwt: await tokenOf(lab, namespace, reviewer),
    },
  });
}

export async function tokenOf({ kubernetes }: VaultLab, namespace: string, name: string): Promise<string> {
  return (await kubernetes.kubectl(['create', 'token', name, '-n', namespace])).trim();
}

/** Writes the policies and roles of an estate's stack `vault` as its provider does, below the mounts of the lab. */
export async function grant(lab: VaultLab, estate: Estate): Promise<void> {
  const { resource = {} } = synthesized(estate).get('vault')?.json ?? {};
  const { mount, kubernetesAuth } = lab.vault;
  for (const { name, policy } of Object.values(resource['vault_policy'] ?? {}))
    await mustSucceed(lab.vault, {
      method: 'POST',
      path: `sys/policies/acl/${String(name)}`,
      body: { policy: String(policy).replaceAll('"secret/', `"${mount}/`) },
    });
  for (const { role_name: role, backend: _, depends_on: __, ...body } of Object.values(
    resource['vault_kubernetes_auth_backend_role'] ?? {},
  ))
    await mustSucceed(lab.vault, {
      method: 'POST',
      path: `auth/${kubernetesAuth}/role/${String(role)}`,
      body,
    });
}
