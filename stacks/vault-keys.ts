import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdktf';
import { VaultSecrets } from '../constructs/vault-secrets';
import type { Estate } from '../estate/estate';
import type { VaultKey } from '../estate/tokens';
import { stacksOf } from './';

/** Every key that a stack of the estate reads from Vault, with the stack; taken from what checks them in its plan. */
export function stackVaultKeys(estate: Estate): readonly (VaultKey & { readonly by: string })[] {
  const outdir = mkdtempSync(join(tmpdir(), 'vault-keys-'));
  try {
    const app = new App({ outdir, stackTraces: false });
    return stacksOf(estate).flatMap((define) => {
      const stack = define(app);
      return stack.node
        .findAll()
        .filter((each) => each instanceof VaultSecrets)
        .flatMap(({ keys }) => keys.map((key) => ({ ...key, by: `stack ${stack.node.id}` })));
    });
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
