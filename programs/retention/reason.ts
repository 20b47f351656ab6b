import type { Digest, Tag } from '../../clients/forgejo/tag';

/** Why a version stays. */
export type KeepReason =
  | { readonly kind: 'running'; readonly by: string }
  | { readonly kind: 'synthesized'; readonly by: string }
  | { readonly kind: 'always'; readonly rule: string }
  | { readonly kind: 'newest'; readonly rank: number }
  | { readonly kind: 'young'; readonly ageHours: number }
  | { readonly kind: 'unread'; readonly error: string }
  | { readonly kind: 'unread-sibling'; readonly tag: Tag }
  | { readonly kind: 'shared-child'; readonly child: Digest }
  | { readonly kind: 'same-digest'; readonly as: Tag }
  | { readonly kind: 'attached'; readonly subject: Digest }
  | { readonly kind: 'deferred'; readonly limit: 'run' | 'package' }
  | { readonly kind: 'child'; readonly of: Tag }
  | { readonly kind: 'swept-later'; readonly with: Tag }
  | { readonly kind: 'untagged' };

/** Why a tag goes. */
export type DeleteReason =
  | { readonly kind: 'beyond-newest'; readonly rank: number; readonly ageHours: number }
  | { readonly kind: 'subject-leaves'; readonly subject: Digest };

/** One clause that a person can read behind `keep` or `delete`. */
export function describe(reason: KeepReason | DeleteReason): string {
  switch (reason.kind) {
    case 'running':
      return `the cluster needs it: ${reason.by}`;
    case 'synthesized':
      return `the estate names it: ${reason.by}`;
    case 'always':
      return `always kept by ${reason.rule}`;
    case 'newest':
      return `newest ${reason.rank}`;
    case 'young':
      return `pushed ${reason.ageHours} h ago, within the grace period`;
    case 'unread':
      return `its manifest could not be read: ${reason.error}`;
    case 'unread-sibling':
      return `"${reason.tag}" of this package could not be read and may be the same image`;
    case 'shared-child':
      return `another package has its child ${short(reason.child)} too, and Forgejo's sweep could take that one`;
    case 'same-digest':
      return `same digest as the kept "${reason.as}"`;
    case 'attached':
      return `belongs to ${short(reason.subject)}, which stays`;
    case 'deferred':
      return reason.limit === 'run'
        ? 'expendable, but this run has reached its limit'
        : 'expendable, but this package has reached its share for one run';
    case 'child':
      return `part of "${reason.of}"`;
    case 'swept-later':
      return `not a tag; Forgejo's sweep frees it after "${reason.with}"`;
    case 'untagged':
      return "not a tag; Forgejo's sweep decides";
    case 'beyond-newest':
      return `number ${reason.rank} by age, pushed ${reason.ageHours} h ago, and nothing needs it`;
    case 'subject-leaves':
      return `belongs to ${short(reason.subject)}, which leaves`;
  }
}

function short(digest: Digest): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
