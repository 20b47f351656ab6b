import { forEachConcurrently } from '../../clients/concurrency';
import type { ForgejoApi } from '../../clients/forgejo/api';
import { pushedSince } from '../../clients/forgejo/pushed-since';
import type { Digest, Tag } from '../../clients/forgejo/tag';
import { deleteVersion } from '../../clients/forgejo/version';
import { ServerError } from '../../clients/http/errors';
import type { Package } from './package';
import type { Unit } from './plan';
import { packageActions, partsOfPlan, type Action, type Answer, type Executed } from './unit-actions';

export interface ExecuteOptions {
  readonly packages: readonly Package[];
  readonly concurrency: number;
  /** Once it is aborted no further unit starts. */
  readonly signal: AbortSignal;
}

/**
 * Executes a plan: first what has no tag, since each such row is a danger to the rest, then packages beside each other. The
 * first refusal (401, 403) stops everything: a token that may not delete one version may not delete the next.
 */
export async function execute(
  api: ForgejoApi,
  units: readonly Unit[],
  { packages, concurrency, signal }: ExecuteOptions,
): Promise<readonly Executed[]> {
  const executed: Executed[] = [];
  let refusal: string | undefined;
  const stopped = (): string | undefined =>
    refusal ?? (signal.aborted ? (signal.reason as Error).message : undefined);
  const course = { unclaimed: new Set<Digest>(), stopped };
  for (const part of partsOfPlan(units))
    await forEachConcurrently(packages, concurrency, async (owner) => {
      const actions = packageActions(
        part.filter((unit) => unit.package === owner.name),
        owner,
        course,
      );
      let turn = actions.next();
      while (turn.done !== true) {
        const answer = await act(api, turn.value);
        if (answer.error?.refused === true) refusal ??= answer.error.message;
        turn = actions.next(answer);
      }
      executed.push(...turn.value);
    });
  return executed;
}

async function act(api: ForgejoApi, action: Action): Promise<Answer> {
  const gone: (Tag | Digest)[] = [];
  let deleted = 0;
  try {
    if (action.kind === 'check') {
      const pushed = await pushedSince(api, action.package, action.known);
      return pushed === undefined ? {} : { pushed: pushed.name };
    }
    // All at once: the window in which a push could come between the check and the deletion is one request.
    await forEachConcurrently(action.versions, action.versions.length, async (version) => {
      if (await deleteVersion(api, action.package, version)) deleted += 1;
      gone.push(version);
    });
    return { gone, deleted };
  } catch (error) {
    const refused =
      error instanceof ServerError && (error.kind === 'unauthorized' || error.kind === 'denied');
    const message = error instanceof Error ? error.message : String(error);
    return { gone, deleted, error: { message, refused } };
  }
}
