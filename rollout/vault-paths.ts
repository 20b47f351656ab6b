import { ServerError } from '../clients/http/errors';
import type { VaultKv } from '../clients/vault/kv';
import type { VaultKey } from '../estate/tokens';

/** Why a path could not be read. */
export class Unread {
  readonly isDenied: boolean;
  readonly why: string;

  constructor(error: ServerError) {
    this.isDenied = error.kind === 'denied';
    this.why = this.isDenied ? 'may not be read, got 403' : error.message;
  }
}

/** What Vault has at each path. */
export type ReadPaths = ReadonlyMap<string, Readonly<Record<string, unknown>> | Unread>;

export async function readPaths(
  vault: Pick<VaultKv, 'values'>,
  keys: readonly VaultKey[],
): Promise<ReadPaths> {
  const paths = [...new Set(keys.map(({ path }) => path))].sort();
  const read = paths.map(async (path) => {
    const found = vault.values(path).catch((error: unknown) => {
      if (error instanceof ServerError) return new Unread(error);
      throw error;
    });
    return [path, await found] as const;
  });
  return new Map(await Promise.all(read));
}

/** Text that is not empty; undefined for anything else: an empty credential once became a mystery at night. */
export function textAt(paths: ReadPaths, { path, key }: VaultKey): string | undefined {
  const found = paths.get(path);
  const value = found === undefined || found instanceof Unread ? undefined : found[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
