import type { Digest, Tag } from './tag';

declare const unclaimedBrand: unique symbol;

/**
 * A digest row of a package that no index of the package lists any more. Only {@link PackageContents} makes one, so what
 * deletes digests cannot be handed the child of an index that stays (incident 2026-06-10).
 */
export type UnclaimedDigest = Digest & { readonly [unclaimedBrand]: true };

/** A version with what its manifest lists: the children of an index, none of an image. */
interface ReadVersion {
  readonly name: Tag | Digest;
  readonly children: readonly Digest[];
}

/** Every version of one package, each with its manifest read: with one unread there is nothing to prove anything from. */
export class PackageContents {
  readonly #versions: Map<Tag | Digest, readonly Digest[]>;
  readonly #rows: Set<Digest>;

  /** @param rows the digest rows; those that are not among `versions` are children that some version lists */
  constructor(versions: readonly ReadVersion[], rows: readonly Digest[]) {
    this.#versions = new Map(versions.map(({ name, children }) => [name, children]));
    this.#rows = new Set(rows);
  }

  /** The digest rows that no version lists once `leaving` are gone, digests themselves among what leaves. */
  unclaimedWithout(leaving: readonly (Tag | Digest)[]): readonly UnclaimedDigest[] {
    const gone = new Set(leaving);
    const claimed = new Set([...this.#versions].flatMap(([name, listed]) => (gone.has(name) ? [] : listed)));
    return [...this.#rows].filter((row): row is UnclaimedDigest => !claimed.has(row));
  }

  /** What is left after a version is gone. */
  remove(version: Tag | Digest): void {
    this.#versions.delete(version);
    this.#rows.delete(version as Digest);
  }
}
