import type { Digest, Tag } from '../../clients/forgejo/tag';

/** Something outside of the registry that needs an image: a workload of the cluster, or a row of the estate. */
export interface Protection {
  readonly source: 'running' | 'synthesized';
  /** Who needs it, for the reason that a person reads: `Deployment finance/wealthfolio, container sync`. */
  readonly by: string;
  readonly target: ProtectionTarget;
}

/**
 * What is protected. A digest is protected in every package, since it is the same content whatever host it was pulled
 * from; a text that cannot be parsed protects each package whose name it mentions.
 */
export type ProtectionTarget =
  | { readonly kind: 'tag'; readonly package: string; readonly tag: Tag }
  | { readonly kind: 'digest'; readonly digest: Digest }
  | { readonly kind: 'unparsable'; readonly text: string };
