import { VaultKv } from '../clients/vault/kv';
import type { VaultKey } from '../estate/tokens';
import { secretsOf } from '../cloud-init/content';
import type { ManagedMachine } from '../cloud-init/managed-file';
import { Refused } from '../steps/refused';
import { httpUrl } from '../terminal/option-values';
import { wrongValue } from '../terminal/wrong-call';
import type { SecretOf } from './resolved-machine';
import { readPaths, textAt, Unread, type ReadPaths } from './vault-paths';

export interface VaultAccess {
  /** `VAULT_ADDR` */
  readonly address?: string;
  /** `VAULT_TOKEN` */
  readonly token?: string;
}

/**
 * Reads every secret that a machine's files refer to, from the KV v2 mount `secret`. A machine without secrets asks nothing.
 * @throws {@link Refused} with every secret that cannot be had
 */
export async function readSecrets(machine: ManagedMachine, access: VaultAccess): Promise<SecretOf> {
  const keys = machine.files.flatMap(({ content }) => secretsOf(content).map(({ vault }) => vault));
  const paths: ReadPaths = keys.length === 0 ? new Map() : await readPaths(vaultBy(access, keys), keys);
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
  if (faults.length > 0) throw new Refused([...new Set(faults)]);
  return ({ vault }) => textAt(paths, vault) ?? '';
}

/** `VAULT_ADDR`, as a client takes it. @throws {@link Refused} */
export function vaultAddress(text: string): string {
  try {
    return httpUrl(text);
  } catch (error) {
    throw new Refused([wrongValue('VAULT_ADDR', text, error instanceof Error ? error.message : '')]);
  }
}

function vaultBy({ address, token }: VaultAccess, keys: readonly VaultKey[]): VaultKv {
  if (address !== undefined && token !== undefined)
    return new VaultKv({ address: vaultAddress(address), token });
  const needed = [...new Set(keys.map(({ path }) => `secret/${path}`))].sort().join(', ');
  throw new Refused([
    `vault: ${address === undefined ? 'VAULT_ADDR' : 'VAULT_TOKEN'} is not set, got none; log in with vault and export both, the files need ${needed}`,
  ]);
}
