/**
 * What is wrong with an image that its registry lists:
 * - `missing-manifest`, `missing-blob`: the registry does not have what a tag, index or manifest names
 * - `size-mismatch`, `digest-mismatch`: it has other bytes
 * - `bad-media-type`: it has something that no container runtime pulls, or not what the descriptor says
 * - `unreadable`: it answers, but cannot produce this object
 * - `malformed-name`: it lists a name that nothing can be pulled by
 * - `too-many`: more than is looked at; what is beyond was not
 */
export const faultKinds = [
  'missing-manifest',
  'missing-blob',
  'size-mismatch',
  'digest-mismatch',
  'bad-media-type',
  'unreadable',
  'malformed-name',
  'too-many',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** One fault as seen from one object; `path` leads from that object to the faulty one. */
export interface Finding {
  readonly kind: FaultKind;
  /** Digest of the faulty object; absent when a tag leads nowhere. */
  readonly digest?: string;
  /** Steps as the manifests write them, e.g. `manifests[1]`, `layers[0]`; empty for the object itself. */
  readonly path: readonly string[];
  readonly detail: string;
  /** It took reading the bytes of this blob, which is not done in every run. */
  readonly byReading?: true;
}

/** One fault as seen from one name that can be pulled; a damaged shared layer is a fault of every tag that needs it. */
export interface Fault extends Finding {
  readonly repository: string;
  /** The tag, or the digest that a workload is pinned to. */
  readonly reference: string;
}
