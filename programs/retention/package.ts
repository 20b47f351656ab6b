import type { Digest, Tag } from '../../clients/forgejo/tag';

/** A container package of the owner: every version that Forgejo lists for it. */
export interface Package {
  /** The name without its owner; may contain slashes. */
  readonly name: string;
  readonly tags: readonly TagVersion[];
  readonly digests: readonly DigestVersion[];
}

/** A version whose name is a tag. */
export interface TagVersion {
  /** Forgejo's row: every push of the tag, even of the same content, makes a new one. */
  readonly id: number;
  readonly tag: Tag;
  /** When it was pushed, to the second. */
  readonly createdAtMs: number;
  readonly manifest: ManifestRead;
}

/** A version whose name is a digest: an index child, or something pushed by digest. Never deleted here. */
export interface DigestVersion {
  readonly id: number;
  readonly digest: Digest;
  readonly createdAtMs: number;
}

/** What the registry answered for a tag, or why that is unknown. */
export type ManifestRead =
  { readonly digest: Digest; readonly children: readonly Digest[] } | { readonly unread: string };
