import type { VaultKv } from '../clients/vault/kv';
import { secretsOf } from '../cloud-init/content';
import type { ManagedMachine } from '../cloud-init/managed-file';
import { Refused } from '../steps/refused';
import type { SecretOf } from './resolved-machine';
import { readPaths, textAt, Unread, type ReadPaths } from './vault-paths';

/** The KV v2 mount `secret`, opened where it is needed. */
export type OpenVault = () => Pick<VaultKv, 'values'>;

/**
 * Reads every secret that a machine's files refer to. A machine without secrets asks nothing.
 * @throws {@link Refused} with every secret that cannot be had
 */
export async function readSecrets(machine: ManagedMachine, open: OpenVault): Promise<SecretOf> {
  const keys = machine.files.flatMap(({ content }) => secretsOf(content).map(({ vault }) => vault));
  const paths: ReadPaths = keys.length === 0 ? new Map() : await readPaths(open(), keys);
  const faults = keys.flatMap((row) => {
    const { path, key } = row;
    const where = `vault "secret/${path}":`;
    const found = paths.get(path);
    if (found instanceof Unread)
      return found.isDenied
        ? `${where} it ${found.why}; use a token whose policy reads it, and one that has not expired`
        : `${where} could not be read, got ${found.why}; see that VAULT_ADDR is Vault and that it runs`;
    return textAt(paths, row) === undefined
      ? `${where} key "${key}" is missing or empty, got none; vault kv patch secret/${path} ${key}=-`
      : [];
  });
  if (faults.length > 0) throw new Refused([...new Set(faults)].sort());
  return ({ vault }) => textAt(paths, vault) ?? '';
}
