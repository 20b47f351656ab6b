import type * as Loaded from '../stacks/vault-keys';
import type { ReadKey } from '../credentials/preflight/vault-keys';
import type { Estate } from '../estate/estate';
import type { VaultKey } from '../estate/tokens';
import { registryVmPipelineKeys } from '../trees/registry-vm';

/** Every key of Vault that a stack, a provider, a pipeline or a rollout reads, each once. */
export function readKeys(estate: Estate): readonly ReadKey[] {
  const { forgejo, tokens } = estate;
  const { publicDns } = forgejo;
  const keys: (VaultKey & { readonly by: string })[] = [
    ...stacks().stackVaultKeys(estate),
    ...(publicDns.madeBy === 'cloudflare'
      ? [publicDns.email, publicDns.apiKey].map((key) => ({ ...key, by: 'provider cloudflare' }))
      : []),
    { ...tokens.push.vault, by: 'pipelines that push' },
    { ...estate.woodpecker.secretSync.apiToken, by: 'preflight and the secret sync' },
    ...registryVmPipelineKeys(estate).map((key) => ({ ...key, by: 'pipeline registry-config-sync' })),
  ];
  const byKey = new Map<string, ReadKey>();
  for (const { path, key, by } of keys) {
    const id = `${path} ${key}`;
    byKey.set(id, { path, key, by: [...new Set([...(byKey.get(id)?.by ?? []), by])] });
  }
  return [...byKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

/** Loaded when it is needed: Terraform's bindings take a second, which no other command should pay. */
function stacks(): typeof Loaded {
  // import() would need other file extensions than jest's.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('../stacks/vault-keys') as typeof Loaded;
}
