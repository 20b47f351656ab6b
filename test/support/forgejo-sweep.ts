import type { Package } from '../../programs/retention/package';
import type { Plan } from '../../programs/retention/plan';

/**
 * What Forgejo's nightly clean-up makes of the container versions of all packages, as measured: one pass in the order of
 * the rows, children keyed by digest alone. The trap that it contains is the point of having it.
 */
export function sweep(packages: readonly Package[]): readonly Package[] {
  const remembered = new Map<string, number>();
  const claimed = new Set<string>();
  const rows = packages.flatMap(({ tags, digests }) => [
    ...digests.map(({ id, digest }) => ({ id, digest, children: [] as readonly string[] })),
    ...tags.map(({ id, manifest }) => ({
      id,
      digest: undefined,
      children: 'digest' in manifest ? manifest.children : [],
    })),
  ]);
  for (const { id, digest, children } of rows.sort((a, b) => a.id - b.id)) {
    if (digest !== undefined) remembered.set(digest, id);
    for (const child of children) if (!remembered.delete(child)) claimed.add(child);
  }
  const swept = new Set([...remembered].filter(([digest]) => !claimed.has(digest)).map(([, id]) => id));
  return packages.map((owner) => ({ ...owner, digests: owner.digests.filter(({ id }) => !swept.has(id)) }));
}

export function apply(
  packages: readonly Package[],
  { deletions }: Pick<Plan, 'deletions'>,
): readonly Package[] {
  const gone = new Set(deletions.map(({ id }) => id));
  return packages.map((owner) => ({ ...owner, tags: owner.tags.filter(({ id }) => !gone.has(id)) }));
}
