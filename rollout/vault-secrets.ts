import { ServerError } from '../clients/http/errors';
import { VaultKv } from '../clients/vault/kv';
import type { VaultKey } from '../estate/tokens';
import { secretsOf } from '../cloud-init/content';
import type { ManagedMachine } from '../cloud-init/managed-file';
import { Refused } from '../steps/refused';
import { httpUrl } from '../terminal/option-values';
import { wrongValue } from '../terminal/wrong-call';
import type { SecretOf } from './resolved-machine';

export interface VaultAccess {
  /** `VAULT_ADDR` */
  readonly address?: string;
  /** `VAULT_TOKEN` */
  readonly token?: string;
}

/**
 * Reads every secret that a machine's files refer to, from the KV v2 mount `secret`. An empty value counts as missing
 * (an empty credential once became a mystery at night). A machine without secrets asks nothing.
 * @throws {@link Refused} with every secret that cannot be had
 */
export async function readSecrets(machine: ManagedMachine, access: VaultAccess): Promise<SecretOf> {
  const keys = machine.files.flatMap(({ content }) => secretsOf(content).map(({ vault }) => vault));
  const paths = [...new Set(keys.map(({ path }) => path))].sort();
  const answers = paths.length === 0 ? new Map<string, Answer>() : await readAll(paths, access);
  const valueOf = ({ path, key }: VaultKey): string => {
    const value = answers.get(path)?.data?.[key];
    return typeof value === 'string' ? value : '';
  };
  const faults = [
    ...[...answers].flatMap(([path, { fault }]) =>
      fault === undefined ? [] : [`vault "secret/${path}": ${fault}`],
    ),
    ...keys
      .filter((key) => answers.get(key.path)?.fault === undefined && valueOf(key) === '')
      .map(
        ({ path, key }) =>
          `vault "secret/${path}": key "${key}" is missing or empty, got none; vault kv patch secret/${path} ${key}=-`,
      ),
  ];
  if (faults.length > 0) throw new Refused([...new Set(faults)]);
  return ({ vault }) => valueOf(vault);
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly fault?: string;
}

/** `VAULT_ADDR`, as a client takes it. @throws {@link Refused} */
export function vaultAddress(text: string): string {
  try {
    return httpUrl(text);
  } catch (error) {
    throw new Refused([wrongValue('VAULT_ADDR', text, error instanceof Error ? error.message : '')]);
  }
}

async function readAll(
  paths: readonly string[],
  { address, token }: VaultAccess,
): Promise<ReadonlyMap<string, Answer>> {
  if (address === undefined || token === undefined)
    throw new Refused([
      `vault: ${address === undefined ? 'VAULT_ADDR' : 'VAULT_TOKEN'} is not set, got none; log in with vault and export both, the files need secret/${paths.join(', secret/')}`,
    ]);
  const kv = new VaultKv({ address: vaultAddress(address), token });
  return new Map(await Promise.all(paths.map(async (path) => [path, await readOne(kv, path)] as const)));
}

async function readOne(kv: VaultKv, path: string): Promise<Answer> {
  try {
    return { data: await kv.values(path) };
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    return {
      fault:
        error.kind === 'denied'
          ? 'it may not be read, got 403; use a token whose policy reads it, and one that has not expired'
          : `could not be read, got ${error.message}; see that VAULT_ADDR is Vault and that it runs`,
    };
  }
}
