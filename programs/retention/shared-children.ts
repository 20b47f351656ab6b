import type { Judgement } from './judgement';
import type { TagVersion } from './package';
import type { Digest } from '../../clients/forgejo/tag';

/**
 * Keeps each index whose deletion could make Forgejo's own sweep take a child of a live index in another package.
 *
 * The sweep walks the versions of all packages in the order of their rows and keys children by digest alone: a child row
 * is remembered, and a tagged index releases the remembered row of each child that it lists, or else claims it for the
 * end. An unclaimed row in one package can so be released in place of another package's, which is then swept though its
 * index lives (measured; see docs/adr). That needs fewer claims than rows: with as many claims as rows either one claim
 * reaches the end, or every row is released. So a child with rows in several packages is safe when tags that stay for a
 * reason of their own list it as often as it has rows; otherwise the index stays.
 */
export function keepSharedChildren(judgements: readonly Judgement[]): void {
  const rows = count(judgements.flatMap(({ digests }) => digests.map(({ digest }) => digest)));
  const claims = count(judgements.flatMap(({ kept }) => [...kept.keys()].flatMap(children)));
  const hazardous = new Set(
    [...rows].flatMap(([child, copies]) => (copies > 1 && (claims.get(child) ?? 0) < copies ? [child] : [])),
  );
  for (const { tags, kept } of judgements) {
    for (const version of tags) {
      const child = children(version).find((digest) => hazardous.has(digest));
      if (child !== undefined && !kept.has(version)) kept.set(version, { kind: 'shared-child', child });
    }
  }
}

/** A child that an index lists twice is still one claim on one row. */
function children({ manifest }: TagVersion): readonly Digest[] {
  return 'digest' in manifest ? [...new Set(manifest.children)] : [];
}

function count(digests: readonly Digest[]): Map<Digest, number> {
  const counts = new Map<Digest, number>();
  for (const digest of digests) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  return counts;
}
