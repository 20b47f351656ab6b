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
  const paths = [...new Set(keys.map(({ path }) => path))].sort();
  if (paths.length === 0) return () => '';
  const kv = open();
  const answers = new Map(
    await Promise.all(paths.map(async (path) => [path, await readOne(kv, path)] as const)),
  );
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

async function readOne(kv: ReturnType<OpenVault>, path: string): Promise<Answer> {
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
