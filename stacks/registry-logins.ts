import type { RegistryLogin } from '../constructs/registry-credentials';
import type { VaultSecrets } from '../constructs/vault-secrets';
import { pullLogins } from '../estate/derived/pull-secret';
import type { Estate } from '../estate/estate';
import type { VaultKey } from '../estate/tokens';

/** A login of the pull Secret, and the secrets that it is made of. */
export interface LoginSource {
  readonly keys: readonly VaultKey[];
  readonly login: (vault: VaultSecrets) => RegistryLogin;
}

export function registryLogins(estate: Estate): readonly LoginSource[] {
  return pullLogins(estate).map(({ host, user, password }) => ({
    keys: [...(typeof user === 'string' ? [] : [user]), password],
    login: (vault) => ({
      host,
      user: typeof user === 'string' ? `"${user}"` : vault.value(user),
      password: vault.value(password),
    }),
  }));
}
