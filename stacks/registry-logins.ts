import type { Construct } from 'constructs';
import type { RegistryLogin } from '../constructs/registry-credentials';
import { terraformName, VaultSecrets } from '../constructs/vault-secrets';
import { pullLogins } from '../estate/derived/pull-secret';
import type { Estate } from '../estate/estate';

/** The logins of the pull Secret, with what the stack reads from Vault for them. */
export function registryLogins(stack: Construct, estate: Estate): readonly RegistryLogin[] {
  const logins = pullLogins(estate);
  const vault = new VaultSecrets(stack, 'Vault', {
    keys: logins.flatMap(({ user, password }) => (typeof user === 'string' ? [password] : [user, password])),
    resourceNameOf: terraformName,
    runbook: 'docs/runbooks/forgejo-registry-setup.md',
  });
  return logins.map(({ host, user, password }) => ({
    host,
    user: typeof user === 'string' ? `"${user}"` : vault.value(user),
    password: vault.value(password),
  }));
}
