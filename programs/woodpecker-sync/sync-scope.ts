import { ServerError } from '../../clients/http/errors';
import { printable } from '../../clients/printable';
import type { ListedSecret, WoodpeckerSecrets } from '../../clients/woodpecker/secrets';
import { LEDGER, nextLedger, readLedger } from './ledger';
import type { ScopeReport } from './metrics';
import type { Wanted } from './wanted';

export interface SyncScopeProps {
  readonly secrets: WoodpeckerSecrets;
  readonly wanted: Wanted;
  readonly counts: ScopeReport;
  /** Told of each secret that had to be left as it was; never of a value. */
  readonly complain: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Writes what Vault has and removes what it has no more, of what earlier runs wrote. One secret that is refused does not
 * keep the others. Answers what was there before, without what it removed.
 *
 * @throws ServerError when the list of secrets can not be read
 */
export async function syncScope(props: SyncScopeProps): Promise<readonly ListedSecret[]> {
  const { secrets, wanted, counts, complain, signal } = props;
  const attempt = async (name: string, act: () => Promise<void>): Promise<number> => {
    signal.throwIfAborted();
    try {
      await act();
      return 1;
    } catch (error) {
      signal.throwIfAborted();
      complain(`${printable(name, 100)}: ${withoutBody(error)}`);
      return 0;
    }
  };
  const listed = await secrets.list();
  const mine = readLedger(listed);
  const owned = new Map(listed.filter(({ id }) => mine.has(id)).map((secret) => [secret.name, secret]));
  const there = new Set(listed.map(({ name }) => name));
  for (const secret of wanted.write)
    counts.written += await attempt(secret.name, async () => {
      owned.set(secret.name, await secrets.put(secret, there.has(secret.name)));
    });
  const stale = [...owned.keys()].filter((name) => !wanted.names.has(name));
  if (isTooMuch(stale.length, owned.size))
    complain(
      `${printable(stale.join(', '), 300)}: not removed, for Vault lacks ${stale.length} of the ${owned.size} secrets of this sync at once, got a path that lost most of its keys; if a "vault kv put" took them away, roll it back (vault kv rollback), else delete the secrets in Woodpecker`,
    );
  else
    for (const name of stale)
      counts.removed += await attempt(name, async () => {
        await secrets.remove(name);
        owned.delete(name);
      });
  const ledger = nextLedger(listed, [...owned.values()]);
  if (ledger !== undefined)
    await attempt(LEDGER, async () => {
      await secrets.put(ledger, there.has(LEDGER));
    });
  return listed.filter(({ id, name }) => !mine.has(id) || owned.has(name));
}

/** One secret may always go; more at once only while at least half stay: a lost path looks like many removed keys. */
function isTooMuch(stale: number, owned: number): boolean {
  return stale > 1 && stale * 2 > owned;
}

/** What a server answers to a request that carried a secret may repeat it, so its words are not told. */
function withoutBody(error: unknown): string {
  if (error instanceof ServerError && error.status !== undefined)
    // Everybody who has logged in may list the global ones.
    return `refused, got ${error.status}; ${error.status === 403 ? "put an administrator's API token into Vault, for the one there is none's: docs/runbooks/ci-secrets.md" : 'look at the log of the Woodpecker server'}`;
  return error instanceof Error ? error.message : String(error);
}
