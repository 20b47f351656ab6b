import type { Package } from '../../programs/retention/package';
import type { Plan, Unit } from '../../programs/retention/plan';

/** A container version, of whatever package and owner, as the sweep sees it. */
export interface SweepRow {
  readonly id: number;
  /** The digest that the version is named by, if it is. */
  readonly digest?: string;
  /** What a tagged index lists. */
  readonly children: readonly string[];
}

/**
 * The versions that Forgejo's nightly clean-up removes, as measured: one pass over all of them in the order of their rows,
 * children keyed by digest alone. The trap that it contains is the point of having it.
 */
export function sweptIds(rows: readonly SweepRow[]): ReadonlySet<number> {
  const remembered = new Map<string, number>();
  const claimed = new Set<string>();
  for (const { id, digest, children } of [...rows].sort((a, b) => a.id - b.id)) {
    if (digest !== undefined) remembered.set(digest, id);
    else for (const child of children) if (!remembered.delete(child)) claimed.add(child);
  }
  return new Set([...remembered].filter(([digest]) => !claimed.has(digest)).map(([, id]) => id));
}

export function sweep(packages: readonly Package[]): readonly Package[] {
  const swept = sweptIds(
    packages.flatMap(({ tags, digests }) => [
      ...digests.map(({ id, digest }) => ({ id, digest, children: [] })),
      ...tags.map(({ id, manifest }) => ({ id, children: 'digest' in manifest ? manifest.children : [] })),
    ]),
  );
  return packages.map((owner) => ({ ...owner, digests: owner.digests.filter(({ id }) => !swept.has(id)) }));
}

/** What is left when every unit of a plan was executed whole, of the last one to list a child that child too. */
export function apply(packages: readonly Package[], { units }: Pick<Plan, 'units'>): readonly Package[] {
  return packages.map((owner) => units.filter((unit) => unit.package === owner.name).reduce(without, owner));
}

function without(owner: Package, unit: Unit): Package {
  const gone = new Set(unit.tags.map(({ id }) => id));
  const tags = owner.tags.filter(({ id }) => !gone.has(id));
  const listed = new Set(tags.flatMap(({ manifest }) => ('digest' in manifest ? manifest.children : [])));
  return {
    ...owner,
    tags,
    digests: owner.digests.filter(({ digest }) => listed.has(digest) || !unit.digests.includes(digest)),
  };
}
