import type { ListedSecret, SecretToWrite } from '../../clients/woodpecker/secrets';

/**
 * What the sync wrote is listed in a secret beside the others: as its image filter, the only text that every server
 * gives back (notes exist since 3.14). The id tells a secret from another one that a person made under its name later.
 */
export const LEDGER = 'vault_sync_ledger';

/** The ids of what earlier runs wrote. */
export function readLedger(listed: readonly ListedSecret[]): ReadonlySet<number> {
  const { images } = listed.find(({ name }) => name === LEDGER) ?? { images: [] };
  return new Set(images.flatMap((image) => /:(\d+)$/.exec(image)?.[1] ?? []).map(Number));
}

/** The ledger as it must be, or nothing where it is so already. */
export function nextLedger(
  listed: readonly ListedSecret[],
  owned: readonly ListedSecret[],
): SecretToWrite | undefined {
  const images = owned.map(({ id, name }) => `${name.replace(/[^\w-]/g, '_')}:${id}`).sort();
  const before = listed.find(({ name }) => name === LEDGER)?.images ?? [];
  if (JSON.stringify([...before].sort()) === JSON.stringify(images)) return undefined;
  const value = 'not a secret: its image filter lists what the sync from Vault wrote and may remove';
  return { name: LEDGER, value, events: ['manual'], images, note: value };
}
