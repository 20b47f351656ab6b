import type { Digest, Tag } from '../../clients/forgejo/tag';

/** Why a version stays. */
export type KeepReason =
  | { readonly kind: 'running'; readonly by: string }
  | { readonly kind: 'synthesized'; readonly by: string }
  | { readonly kind: 'always'; readonly rule: string }
  | { readonly kind: 'newest'; readonly rank: number }
  | { readonly kind: 'young'; readonly ageHours: number }
  | { readonly kind: 'young-child'; readonly child: Digest }
  | { readonly kind: 'shares-child'; readonly with: Digest }
  | { readonly kind: 'unread'; readonly error: string }
  | { readonly kind: 'strange' }
  | { readonly kind: 'unread-sibling'; readonly version: string }
  | { readonly kind: 'unclaimed-row'; readonly digest: Digest; readonly in: string }
  | { readonly kind: 'same-digest'; readonly as: Tag }
  | { readonly kind: 'attached'; readonly subject: Digest }
  | { readonly kind: 'attached-elsewhere'; readonly subject: Digest }
  | { readonly kind: 'subject'; readonly of: Tag | Digest }
  | { readonly kind: 'deferred'; readonly limit: 'run' | 'package' }
  | { readonly kind: 'child'; readonly of: Tag | Digest };

/** Why a version goes. */
export type DeleteReason =
  | { readonly kind: 'beyond-newest'; readonly rank: number; readonly ageHours: number }
  | { readonly kind: 'subject-leaves'; readonly subject: Digest }
  | { readonly kind: 'unclaimed' };

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
      if (Number.isNaN(reason.ageHours)) return 'Forgejo does not say when it was pushed';
      return reason.ageHours < 0
        ? `its push is dated ${ago(-reason.ageHours)} ahead of the clock of this run`
        : `pushed ${ago(reason.ageHours)} ago, within the grace period`;
    case 'young-child':
      return `its child ${short(reason.child)} was pushed within the grace period`;
    case 'shares-child':
      return `the untagged index ${short(reason.with)}, which stays, has a child of it`;
    case 'unread':
      return `its manifest could not be read: ${reason.error}`;
    case 'strange':
      return 'its name is neither tag nor digest, so nobody can read what it is; look at its row in Forgejo, nothing of its package is deleted before';
    case 'unread-sibling':
      return `"${reason.version}" of this package could not be read, and this may be part of it`;
    case 'unclaimed-row':
      return `${reason.in} has a row of ${short(reason.digest)} that no tag there lists, for which Forgejo's sweep could take another one that is needed`;
    case 'same-digest':
      return `same digest as the kept "${reason.as}"`;
    case 'attached':
      return `belongs to ${short(reason.subject)}, which stays`;
    case 'attached-elsewhere':
      return `belongs to ${short(reason.subject)}, which may live elsewhere`;
    case 'subject':
      return 'a signature or referrer that stays is about it';
    case 'deferred':
      return reason.limit === 'run'
        ? 'expendable, but the limit of one run leaves it to a later one'
        : 'expendable, but the share of its package for one run leaves it to a later one';
    case 'child':
      return `part of "${reason.of}"`;
    case 'beyond-newest':
      return `build number ${reason.rank} by age, pushed ${ago(reason.ageHours)} ago, and nothing needs it`;
    case 'subject-leaves':
      return `belongs to ${short(reason.subject)}, which leaves`;
    case 'unclaimed':
      return 'no index of the package lists it';
  }
}

/** Hours below three days, then days. */
function ago(hours: number): string {
  return hours < 72 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

function short(digest: Digest): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
