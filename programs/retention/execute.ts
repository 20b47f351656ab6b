import { forEachConcurrently } from '../../clients/concurrency';
import type { ForgejoApi } from '../../clients/forgejo/api';
import { newestOf, pushedSince } from '../../clients/forgejo/pushed-since';
import type { Digest, Tag } from '../../clients/forgejo/tag';
import { deleteVersion } from '../../clients/forgejo/version';
import { ServerError } from '../../clients/http/errors';
import type { FreshNeeds } from './fresh-needs';
import type { Package } from './package';
import type { Unit } from './plan';
import { packageActions, partsOfPlan, type Action, type Answer, type Executed } from './unit-actions';

export interface ExecuteOptions {
  readonly packages: readonly Package[];
  readonly needs: Pick<FreshNeeds, 'keeping'>;
  readonly concurrency: number;
  /** Once it is aborted no further unit starts. */
  readonly signal: AbortSignal;
}

/**
 * Executes a plan: first what has no tag, since each such row is a danger to the rest, then packages beside each other. The
 * first refusal (401, 403) stops everything: a token that may not delete one version may not delete the next. So does a
 * cluster that does not tell what it needs.
 */
export async function execute(
  api: ForgejoApi,
  units: readonly Unit[],
  { packages, needs, concurrency, signal }: ExecuteOptions,
): Promise<readonly Executed[]> {
  const executed: Executed[] = [];
  let refusal: string | undefined;
  const stopped = (): string | undefined =>
    refusal ?? (signal.aborted ? (signal.reason as Error).message : undefined);
  const listedMs = newestOf(packages.flatMap(({ tags, digests }) => [...tags, ...digests]));
  const course = { unclaimed: new Set<Digest>(), listedMs, stopped };
  for (const part of partsOfPlan(units))
    await forEachConcurrently(packages, concurrency, async (owner) => {
      const actions = packageActions(
        part.filter((unit) => unit.package === owner.name),
        owner,
        course,
      );
      let turn = actions.next();
      while (turn.done !== true) {
        const answer = await act(api, needs, turn.value, stopped);
        if (answer.error?.stops === true) refusal ??= answer.error.message;
        turn = actions.next(answer);
      }
      executed.push(...turn.value);
    });
  return executed;
}

async function act(
  api: ForgejoApi,
  needs: ExecuteOptions['needs'],
  action: Action,
  stopped: () => string | undefined,
): Promise<Answer> {
  if (action.kind === 'check') return check(api, needs, action, stopped);
  const gone: (Tag | Digest)[] = [];
  let deleted = 0;
  try {
    // All at once: the window in which a push could come between the check and the deletion is one request.
    await forEachConcurrently(action.versions, action.versions.length, async (version) => {
      if (await deleteVersion(api, action.package, version)) deleted += 1;
      gone.push(version);
    });
    return { gone, deleted };
  } catch (error) {
    return { gone, deleted, error: failure(error) };
  }
}

async function check(
  api: ForgejoApi,
  needs: ExecuteOptions['needs'],
  { package: name, known, before }: Extract<Action, { kind: 'check' }>,
  stopped: () => string | undefined,
): Promise<Answer> {
  try {
    const needed = before && (await needs.keeping(before));
    if (needed !== undefined) return { needed };
  } catch (error) {
    const why = stopped();
    return why === undefined ? { error: { ...failure(error), stops: true } } : { stopped: why };
  }
  try {
    const pushed = await pushedSince(api, name, known);
    return pushed === undefined ? {} : { pushed: pushed.name };
  } catch (error) {
    return { error: failure(error) };
  }
}

function failure(error: unknown): NonNullable<Answer['error']> {
  const stops = error instanceof ServerError && error.refused;
  return { message: error instanceof Error ? error.message : String(error), stops };
}
