import type { Digest, Tag } from '../../clients/forgejo/tag';

/** A container package of the owner: every version that Forgejo lists for it. */
export interface Package {
  /** The name without its owner; may contain slashes. */
  readonly name: string;
  readonly tags: readonly TagVersion[];
  readonly digests: readonly DigestVersion[];
  /** Rows whose name the registry's API cannot be asked for. @default none */
  readonly strange?: readonly StrangeVersion[];
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

/** A version whose name is a digest: an index child, or something pushed by digest. */
export interface DigestVersion {
  readonly id: number;
  readonly digest: Digest;
  readonly createdAtMs: number;
  /** Read only of what no tag of the package lists; a child of a tag is known well enough by its index. */
  readonly manifest?: ManifestRead;
}

/** A version whose name is neither tag nor digest: no registry accepts it, an edited database has it. It may be an index. */
export interface StrangeVersion {
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
}

/** What the registry answered for a version, or why that is unknown. */
export type ManifestRead = Manifest | { readonly unread: string };

export interface Manifest {
  readonly digest: Digest;
  /** Of an index, each once. */
  readonly children: readonly Digest[];
  /** What it is about, when it is a signature, an attestation or another referrer that says so itself. */
  readonly subject?: Digest;
}

/** The manifest of a version, if it was read. */
export function readOf({ manifest }: { readonly manifest?: ManifestRead | undefined }): Manifest | undefined {
  return manifest !== undefined && 'digest' in manifest ? manifest : undefined;
}

/** The manifests that a version is known to reach: its own and its children. */
export function contentsOf(version: { readonly manifest?: ManifestRead | undefined }): readonly Digest[] {
  const read = readOf(version);
  return read === undefined ? [] : [read.digest, ...read.children];
}

export function childrenOf(version: { readonly manifest?: ManifestRead | undefined }): readonly Digest[] {
  return readOf(version)?.children ?? [];
}
