import type { VaultKv } from '../clients/vault/kv';
import type { Estate } from '../estate/estate';
import type { Duty } from '../estate/tokens';
import { Refused } from '../steps/refused';

/**
 * The token of each duty as Vault has it.
 * @throws {@link Refused} with every one that is missing
 */
export async function storedTokens(
  { tokens }: Estate,
  vault: VaultKv,
): Promise<Readonly<Record<Duty, string>>> {
  const faults = await vault.faults();
  if (faults.length > 0) throw new Refused(faults);
  const values = await Promise.all(
    Object.entries(tokens).map(
      async ([
        duty,
        {
          vault: { path, key },
        },
      ]) => {
        const value = (await vault.values(path))[key];
        if (typeof value === 'string' && value !== '') return [duty, value] as const;
        throw new Refused([
          `vault "${path}" key "${key}": holds no token, got ${value === undefined ? 'none' : `an empty value or a ${typeof value}`}; ./registry bootstrap apply`,
        ]);
      },
    ),
  );
  return Object.fromEntries(values) as Record<Duty, string>;
}
