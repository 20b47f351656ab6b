import type { VaultKv } from '../clients/vault/kv';
import type { Estate } from '../estate/estate';
import type { Duty } from '../estate/tokens';
import { Refused } from '../steps/refused';

/** The token of each duty as Vault has it. @throws {@link Refused} with every one that is missing */
export async function storedTokens(
  { tokens }: Estate,
  vault: VaultKv,
): Promise<Readonly<Record<Duty, string>>> {
  const faults = await vault.faults();
  if (faults.length > 0) throw new Refused(faults);
  const values = await Promise.all(
    Object.entries(tokens).map(
      async ([duty, { vault: key }]) => [duty, key, (await vault.values(key.path))[key.key]] as const,
    ),
  );
  const missing = values.filter(([, , value]) => typeof value !== 'string' || value === '');
  if (missing.length > 0)
    throw new Refused(
      missing.map(
        ([, { path, key }]) =>
          `vault "secret/${path}" key "${key}": holds no token, got none; ./registry bootstrap apply`,
      ),
    );
  return Object.fromEntries(values.map(([duty, , value]) => [duty, value])) as Record<Duty, string>;
}
