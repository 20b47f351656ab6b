import { ServerError } from '../clients/http/errors';
import type { VaultKv } from '../clients/vault/kv';
import type { VaultKey } from '../estate/tokens';
import { secretsOf } from '../cloud-init/content';
import type { ManagedMachine } from '../cloud-init/managed-file';
import { Refused } from '../steps/refused';
import type { SecretOf } from './resolved-machine';

/** The KV v2 mount `secret`, opened where it is needed. */
export type OpenVault = () => Pick<VaultKv, 'values'>;

/**
 * Reads every secret that a machine's files refer to. An empty value counts as missing (an empty credential once became a
 * mystery at night). A machine without secrets asks nothing.
 * @throws {@link Refused} with every secret that cannot be had
 */
export async function readSecrets(machine: ManagedMachine, open: OpenVault): Promise<SecretOf> {
  const keys = machine.files.flatMap(({ content }) => secretsOf(content).map(({ vault }) => vault));
  const values = new Map<string, Readonly<Record<string, unknown>>>();
  const faults = new Set<string>();
  const kv = keys.length === 0 ? undefined : open();
  await Promise.all(
    [...new Set(keys.map(({ path }) => path))].map(async (path) => {
      try {
        values.set(path, (await kv?.values(path)) ?? {});
      } catch (error) {
        if (!(error instanceof ServerError)) throw error;
        faults.add(`vault "secret/${path}": ${whyNot(error)}`);
      }
    }),
  );
  const valueOf = ({ path, key }: VaultKey): string => {
    const value = values.get(path)?.[key];
    return typeof value === 'string' ? value : '';
  };
  for (const vault of keys)
    if (values.has(vault.path) && valueOf(vault) === '')
      faults.add(
        `vault "secret/${vault.path}": key "${vault.key}" is missing or empty, got none; vault kv patch secret/${vault.path} ${vault.key}=-`,
      );
  if (faults.size > 0) throw new Refused([...faults].sort());
  return ({ vault }) => valueOf(vault);
}

const whyNot = ({ kind, message }: ServerError): string =>
  kind === 'denied'
    ? 'it may not be read, got 403; use a token whose policy reads it, and one that has not expired'
    : `could not be read, got ${message}; see that VAULT_ADDR is Vault and that it runs`;
