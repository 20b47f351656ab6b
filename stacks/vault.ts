import type { Construct } from 'constructs';
import { VaultConsumer } from '../constructs/vault-consumer';
import { terraformName } from '../constructs/vault-secrets';
import { vaultAccess } from '../estate/derived/vault-consumers';
import type { Estate } from '../estate/estate';
import { TerragruntStack } from './terragrunt-stack';

/** Who of the CI may log in to Vault, and what they may there. The rest of the stack is the user's. */
export class VaultStack extends TerragruntStack {
  /** Addresses whose rights may shrink in the next delivery, because the estate says so. */
  readonly narrowed: readonly string[];

  constructor(scope: Construct, estate: Estate) {
    super(scope, 'vault', { estate, kind: 'shared', providers: ['vault'] });
    const { vault, woodpecker } = estate;
    const consumers = vaultAccess(estate);
    for (const { narrowed: _, ...access } of consumers)
      new VaultConsumer(this, access.role, {
        ...access,
        resourceName: terraformName(access.role),
        mount: vault.kubernetesAuth,
        namespace: woodpecker.namespace,
      });
    this.narrowed = consumers
      .filter(({ narrowed }) => narrowed)
      .map(({ role }) => terraformName(role))
      .flatMap((name) => [`vault_policy.${name}`, `vault_kubernetes_auth_backend_role.${name}`]);
  }
}
