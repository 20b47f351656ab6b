import { printable } from '../../clients/printable';
import type { SecretToWrite } from '../../clients/woodpecker/secrets';
import { isSecretName, type WoodpeckerSyncConfig } from './config';
import { LEDGER } from './ledger';

/** What a Vault path asks for in one scope. */
export interface Wanted {
  readonly write: readonly SecretToWrite[];
  /** The names of all keys, also of those that can not be written: what they name is not removed. */
  readonly names: ReadonlySet<string>;
  /** One line for each key that can not be a secret; never a value. */
  readonly faults: readonly string[];
}

/** The secrets that the keys at a Vault path become. */
export function wantedOf(
  config: WoodpeckerSyncConfig,
  path: string,
  keys: Readonly<Record<string, unknown>>,
): Wanted {
  const own = path === config.apiTokenPath ? config.apiTokenKey : undefined;
  const entries = Object.entries(keys).filter(([name]) => name !== own);
  const twinOf = (name: string): string | undefined =>
    entries.find(([other]) => other !== name && other.toLowerCase() === name.toLowerCase())?.[0];
  const judged = entries.map(([name, value]) => ({ name, value, fault: faultOf(name, value, twinOf(name)) }));
  return {
    names: new Set(entries.map(([name]) => name)),
    faults: judged.flatMap(({ name, fault }) =>
      fault === undefined ? [] : [`${config.vaultMount}/${path}: the key "${printable(name, 100)}" ${fault}`],
    ),
    write: judged.flatMap(({ name, value, fault }) => {
      if (fault !== undefined || typeof value !== 'string') return [];
      const filter = config.filters.find(({ secret }) => secret === name);
      const { events = config.events, images = [] } = filter ?? {};
      return [{ name, value, events, images, note: `from Vault, ${config.vaultMount}/${path}` }];
    }),
  };
}

function faultOf(name: string, value: unknown, twin: string | undefined): string | undefined {
  if (!isSecretName(name))
    return 'is no name of a secret, got other characters than letters, digits, ".", "_" and "-"; rename it';
  if (name === LEDGER)
    return 'has the name of the ledger of this sync, got a key of the same name; rename it';
  // Names that a server keeps apart, and of which its pipelines are given the later one (measured on 3.17).
  if (twin !== undefined)
    return `is "${printable(twin, 100)}" too, for pipelines read no case, got both; rename one, and delete its old secret`;
  if (typeof value !== 'string')
    return `is no text, got ${value === null ? 'null' : typeof value}; write it as text`;
  return value === '' ? 'is empty, got ""; write its value or delete the key' : undefined;
}
