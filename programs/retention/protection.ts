import type { Digest, Tag } from '../../clients/forgejo/tag';

/** Something outside of the registry that needs an image: a workload of the cluster, or a row of the estate. */
export interface Protection {
  /** `observed` is what a container's status tells that it runs, or an argument mentions, whatever its workload names. */
  readonly source: 'running' | 'observed' | 'synthesized';
  /** Who needs it, for the reason that a person reads: `Deployment finance/wealthfolio, container sync`. */
  readonly by: string;
  readonly target: ProtectionTarget;
}

/**
 * What is protected. A digest is protected in every package, since it is the same content whatever host it was pulled
 * from; a text that cannot be parsed protects each package whose name it mentions, and each tag.
 */
export type ProtectionTarget =
  | { readonly kind: 'tag'; readonly package: string; readonly tag: Tag }
  | {
      readonly kind: 'digest';
      readonly digest: Digest;
      /** The package of this registry that was named with it, if one was. */
      readonly package?: string;
    }
  | { readonly kind: 'unparsable'; readonly text: string };
