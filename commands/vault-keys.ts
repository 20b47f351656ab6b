import { stackVaultKeys } from '../stacks/vault-keys';
import type { ReadKey } from '../credentials/preflight/vault-keys';
import type { Estate } from '../estate/estate';
import type { VaultKey } from '../estate/tokens';
import { registryVmPipelineKeys } from '../trees/registry-vm';

/** Every key of Vault that a stack, a provider, a pipeline or a rollout reads, each once. */
export function readKeys(estate: Estate): readonly ReadKey[] {
  const { forgejo, tokens } = estate;
  const { publicDns } = forgejo;
  const keys: (VaultKey & { readonly by: string })[] = [
    ...stackVaultKeys(estate),
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
