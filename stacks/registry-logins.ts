import type { RegistryLogin } from '../constructs/registry-credentials';
import type { VaultSecrets } from '../constructs/vault-secrets';
import { legacySpellings, presentLegacy } from '../estate/derived/legacy-registry';
import type { Estate } from '../estate/estate';
import type { VaultKey } from '../estate/tokens';

/** A login of the pull Secret, and the secrets that it is made of. */
export interface LoginSource {
  readonly keys: readonly VaultKey[];
  readonly login: (vault: VaultSecrets) => RegistryLogin;
}

/** Every spelling of the legacy registry until it is gone, and Forgejo. */
export function registryLogins(estate: Estate): readonly LoginSource[] {
  const { forgejo, tokens } = estate;
  const legacy = presentLegacy(estate);
  const spellings =
    legacy === undefined ? [] : legacySpellings(estate).map((host) => ({ host, ...legacy.credential }));
  return [
    ...spellings.map(({ host, user, password }) => ({
      keys: [user, password],
      login: (vault: VaultSecrets) => ({ host, user: vault.value(user), password: vault.value(password) }),
    })),
    {
      keys: [tokens.pull.vault],
      login: (vault: VaultSecrets) => ({
        host: forgejo.host,
        user: `"${tokens.pull.owner}"`,
        password: vault.value(tokens.pull.vault),
      }),
    },
  ];
}
