import { judgeAlone, keepUnread, keepWhatFollows, type Judgement } from './judgement';
import { withinLimits, type Chosen } from './limits';
import { ageHours, OwnReasons } from './own-reason';
import type { Package, TagVersion } from './package';
import type { RetentionPolicy } from './policy';
import type { Protection } from './protection';
import type { DeleteReason, KeepReason } from './reason';
import { keepSharedChildren } from './shared-children';
import { isTag, subjectOf, type Digest, type Tag } from '../../clients/forgejo/tag';

export interface PlanInput {
  /** Every package of the owner, whole: a plan from a partial list is worth nothing. */
  readonly packages: readonly Package[];
  readonly protections: readonly Protection[];
  readonly policy: RetentionPolicy;
  readonly nowMs: number;
}

/** Every version appears once, in one of the two. */
export interface Plan {
  readonly keeps: readonly Keep[];
  /** In the order of execution: by wave, in each wave the oldest first. */
  readonly deletions: readonly Deletion[];
}

interface Keep {
  readonly package: string;
  readonly version: Tag | Digest;
  readonly createdAtMs: number;
  readonly reason: KeepReason;
}

export interface Deletion {
  readonly package: string;
  readonly tag: Tag;
  /** The row that was judged: the same tag pushed since then has another one, and has not been judged. */
  readonly id: number;
  readonly createdAtMs: number;
  /** From 0. What an image holds (children with tags of their own, signatures) leaves in a later wave than the image. */
  readonly wave: number;
  readonly reason: DeleteReason;
}

/**
 * Decides about every version of every package: pure, the same for every order of its input, and asking for less
 * whenever it knows less. Only tags are deleted; Forgejo's own sweep collects the index children that no tag lists.
 */
export function plan({ packages, protections, policy, nowMs }: PlanInput): Plan {
  const own = new OwnReasons(protections, policy, nowMs);
  const judgements = [...packages].sort(byName).map((owner) => judgeAlone(owner, own));
  keepSharedChildren(judgements);
  judgements.forEach(keepUnread);
  judgements.forEach(keepWhatFollows);
  const chosen = withinLimits(judgements, policy);
  return {
    keeps: judgements.flatMap((judgement) => [...keptTags(judgement), ...keptDigests(judgement)]),
    deletions: chosen.map((each) => deletionOf(each, nowMs)),
  };
}

/** The tags that a plan keeps in some packages. */
export function keptTagsOf(
  { keeps }: Plan,
  packages: ReadonlySet<string>,
): readonly { readonly package: string; readonly tag: Tag }[] {
  return keeps.flatMap(({ package: name, version }) =>
    packages.has(name) && isTag(version) ? [{ package: name, tag: version }] : [],
  );
}

function keptTags({ package: name, tags, kept }: Judgement): readonly Keep[] {
  return tags.flatMap((version) => {
    const reason = kept.get(version);
    return reason === undefined ? [] : [keepOf(name, version.tag, version, reason)];
  });
}

/** A digest is never deleted here; the reason tells what Forgejo's sweep will make of it. */
function keptDigests({ package: name, tags, digests, kept }: Judgement): readonly Keep[] {
  const listedBy = new Map<Digest, KeepReason>();
  for (const version of [...tags].sort((a, b) => Number(kept.has(b)) - Number(kept.has(a)))) {
    if ('unread' in version.manifest) continue;
    for (const child of version.manifest.children) {
      if (listedBy.has(child)) continue;
      listedBy.set(
        child,
        kept.has(version) ? { kind: 'child', of: version.tag } : { kind: 'swept-later', with: version.tag },
      );
    }
  }
  return digests.map((version) =>
    keepOf(name, version.digest, version, listedBy.get(version.digest) ?? { kind: 'untagged' }),
  );
}

function keepOf(
  name: string,
  version: Tag | Digest,
  { createdAtMs }: { createdAtMs: number },
  reason: KeepReason,
): Keep {
  return { package: name, version, createdAtMs, reason };
}

function deletionOf({ judgement, version, wave }: Chosen, nowMs: number): Deletion {
  const { id, tag, createdAtMs } = version;
  return {
    package: judgement.package,
    tag,
    id,
    createdAtMs,
    wave,
    reason: deleteReason(judgement, version, nowMs),
  };
}

function deleteReason({ ranks }: Judgement, version: TagVersion, nowMs: number): DeleteReason {
  const subject = subjectOf(version.tag);
  if (subject !== undefined) return { kind: 'subject-leaves', subject };
  return { kind: 'beyond-newest', rank: ranks.get(version) ?? 0, ageHours: ageHours(version, nowMs) };
}

function byName(a: Package, b: Package): number {
  return a.name < b.name ? -1 : 1;
}
