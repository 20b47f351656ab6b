import { VaultSecrets } from '../constructs/vault-secrets';
import type { Estate } from '../estate/estate';
import type { VaultKey } from '../estate/tokens';
import { stacksOf } from './';
import { inPassing } from './passing-app';

/** Every key that a stack of the estate reads from Vault, with the stack; taken from what checks them in its plan. */
export function stackVaultKeys(estate: Estate): readonly (VaultKey & { readonly by: string })[] {
  return inPassing((app) =>
    stacksOf(estate).flatMap((define) => {
      const { node } = define(app);
      const secrets = node.findAll().filter((each) => each instanceof VaultSecrets);
      return secrets.flatMap(({ keys }) => keys.map((key) => ({ ...key, by: `stack ${node.id}` })));
    }),
  );
}
