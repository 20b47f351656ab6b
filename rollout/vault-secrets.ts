import type { VaultKey } from '../estate/tokens';
import { secretsOf } from '../cloud-init/content';
import type { ManagedMachine } from '../cloud-init/managed-file';
import { Refused } from '../steps/refused';
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
  const valueOf = ({ path, key }: VaultKey): string => answers.get(path)?.data?.[key] ?? '';
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
  readonly data?: Readonly<Record<string, string>>;
  readonly fault?: string;
}

async function readAll(
  paths: readonly string[],
  { address, token }: VaultAccess,
): Promise<ReadonlyMap<string, Answer>> {
  if (address === undefined || token === undefined)
    throw new Refused([
      `vault: ${address === undefined ? 'VAULT_ADDR' : 'VAULT_TOKEN'} is not set, got none; log in with vault and export both, the files need secret/${paths.join(', secret/')}`,
    ]);
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readOne(address, token, path)] as const)),
  );
}

async function readOne(address: string, token: string, path: string): Promise<Answer> {
  try {
    const response = await fetch(new URL(`/v1/secret/data/${path}`, address), {
      headers: { 'x-vault-token': token },
      redirect: 'manual', // the token would go along
      signal: AbortSignal.timeout(15_000),
    });
    if (response.status === 403)
      return {
        fault: 'it may not be read, got 403; use a token whose policy reads it, and one that has not expired',
      };
    if (response.status === 404) return { data: {} };
    if (!response.ok) return { fault: `it could not be read, got ${response.status}; look at Vault` };
    const { data } = (await response.json()) as { data: { data: Readonly<Record<string, string>> | null } };
    return { data: data.data ?? {} };
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return { fault: `Vault does not answer at "${address}", got "${cause}"; correct VAULT_ADDR or start it` };
  }
}
