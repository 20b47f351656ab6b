import { forEachConcurrently } from '../../clients/concurrency';
import type { ForgejoApi } from '../../clients/forgejo/api';
import { deleteTag, rowOf } from '../../clients/forgejo/version';
import { RegistryError } from '../../clients/http/errors';
import type { Deletion } from './plan';

export type Outcome =
  | { readonly kind: 'deleted' }
  /** Somebody else deleted it first, another run perhaps. */
  | { readonly kind: 'gone' }
  /** Somebody pushed it since the plan was made, so it has not been judged. */
  | { readonly kind: 'pushed-since' }
  /** Something that it may be part of is still there. */
  | { readonly kind: 'held' }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'not-tried'; readonly why: string };

export interface Executed {
  readonly deletion: Deletion;
  readonly outcome: Outcome;
}

export interface ExecuteOptions {
  readonly concurrency: number;
  /** Once it is aborted no further deletion starts. */
  readonly signal: AbortSignal;
}

/**
 * Deletes what was planned, wave by wave, each tag only while its row is still the one that was judged. The first refusal
 * (401, 403) stops everything: a token that may not delete one tag may not delete the next. A package in which something
 * stayed loses nothing in later waves, since what was to go next may be part of it.
 */
export async function execute(
  api: ForgejoApi,
  deletions: readonly Deletion[],
  { concurrency, signal }: ExecuteOptions,
): Promise<readonly Executed[]> {
  const executed: Executed[] = [];
  const incomplete = new Set<string>();
  let refusal: string | undefined;
  const waves = [...new Set(deletions.map(({ wave }) => wave))].sort((a, b) => a - b);
  for (const wave of waves) {
    const held = new Set(incomplete);
    await forEachConcurrently(
      deletions.filter((each) => each.wave === wave),
      concurrency,
      async (deletion) => {
        const why = refusal ?? (signal.aborted ? (signal.reason as Error).message : undefined);
        const outcome: Attempt =
          why !== undefined
            ? { kind: 'not-tried', why }
            : held.has(deletion.package)
              ? { kind: 'held' }
              : await attempt(api, deletion);
        if (outcome.kind === 'refused') refusal = outcome.error;
        if (outcome.kind !== 'deleted' && outcome.kind !== 'gone') incomplete.add(deletion.package);
        executed.push({
          deletion,
          outcome: outcome.kind === 'refused' ? { kind: 'failed', error: outcome.error } : outcome,
        });
      },
    );
  }
  return executed;
}

type Attempt = Outcome | { readonly kind: 'refused'; readonly error: string };

async function attempt(api: ForgejoApi, { package: name, tag, id }: Deletion): Promise<Attempt> {
  try {
    const row = await rowOf(api, name, tag);
    if (row === undefined) return { kind: 'gone' };
    if (row !== id) return { kind: 'pushed-since' };
    return { kind: (await deleteTag(api, name, tag)) ? 'deleted' : 'gone' };
  } catch (error) {
    const refused =
      error instanceof RegistryError && (error.kind === 'unauthorized' || error.kind === 'denied');
    return {
      kind: refused ? 'refused' : 'failed',
      error: error instanceof Error ? error.message : String(error),
    };
  }
}
