import type { Digest } from '../../clients/forgejo/tag';
import { isKept, keep, type Judgement } from './judgement';

/**
 * Keeps each build one of whose children has a row somewhere that no index of its package lists and that does not go now.
 *
 * Forgejo's sweep walks the versions of all packages in the order of their rows and keys children by digest alone: a child
 * row is remembered, and a tagged index releases the remembered row of each child that it lists, or else claims it for the
 * end. As long as there are at least as many claims as rows of a digest nothing is lost. An unclaimed row may be what
 * the claim of this build makes up for, so the build stays until that row is gone (measured; see docs/adr).
 */
export function keepBesideUnclaimed(
  judgements: readonly Judgement[],
  unclaimed: ReadonlyMap<Digest, string>,
): void {
  for (const { builds, kept } of judgements)
    for (const build of builds) {
      const [reason] = build.children.flatMap((digest) => {
        const where = unclaimed.get(digest);
        return where === undefined ? [] : [{ kind: 'unclaimed-row', digest, in: where } as const];
      });
      if (!isKept(build, kept)) keep(build, reason, kept);
    }
}
