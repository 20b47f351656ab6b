import { byAge } from './build';
import { unreadOf } from './judgement';
import { neededBy, type OwnReasons } from './own-reason';
import { childrenOf, readOf, type DigestVersion, type Package } from './package';
import type { KeepReason } from './reason';
import { subjectOf, type Digest } from '../../clients/forgejo/tag';

/** A digest row that no tag of its package lists, and what becomes of it: without a reason to stay it goes. */
export interface Orphan {
  readonly package: string;
  readonly version: DigestVersion;
  readonly reason: KeepReason | undefined;
  /** How many such rows of the same digest, in all packages, have lower ids: they must be gone before. */
  readonly place: number;
}

/**
 * Judges the digest rows that no tag of their package lists: what moved tags, deletions by hand and interrupted runs leave
 * behind. Each is a row without a claim, and as long as there is one Forgejo's sweep can take the same child from a live
 * index of another package or owner. Of one digest they go in the order of their rows and none before one that stays: the
 * last one may be all that keeps the sweep from remembering a live child (found by the model). At most `limit` go, indexes
 * before what they list.
 */
export function judgeOrphans(
  packages: readonly Package[],
  own: OwnReasons,
  limit: number,
  unclaimedElsewhere: ReadonlyMap<Digest, string>,
): readonly Orphan[] {
  const places = new Map<Digest, number>();
  const blocked = new Map(unclaimedElsewhere);
  const judged = packages
    .flatMap((owner) => judgeIn(owner, own))
    .sort((a, b) => a.version.id - b.version.id)
    .map((orphan): Orphan => {
      const { digest } = orphan.version;
      const place = places.get(digest) ?? 0;
      places.set(digest, place + 1);
      const where = blocked.get(digest);
      const reason: KeepReason | undefined =
        orphan.reason ?? (where === undefined ? undefined : { kind: 'unclaimed-row', digest, in: where });
      if (reason !== undefined) blocked.set(digest, `"${orphan.package}"`);
      return { ...orphan, reason, place };
    });
  // What stays anyway takes no room; of one digest the later rows are deferred before the earlier ones.
  const going = judged.filter(({ reason }) => reason === undefined);
  const deferred = new Set(
    [...going.filter(isIndex), ...going.filter((each) => !isIndex(each))].slice(limit),
  );
  return judged.map((orphan) =>
    deferred.has(orphan) ? { ...orphan, reason: { kind: 'deferred', limit: 'run' } } : orphan,
  );
}

function judgeIn(owner: Package, own: OwnReasons): readonly Omit<Orphan, 'place'>[] {
  const claimed = new Set(owner.tags.flatMap(childrenOf));
  const rows = owner.digests.filter(({ digest }) => !claimed.has(digest)).sort(byAge);
  const subjects = new Set([
    ...owner.tags.map(({ tag }) => subjectOf(tag)),
    ...[...owner.tags, ...rows].map((version) => readOf(version)?.subject),
  ]);
  const unread = unreadOf(owner);
  const kept = new Map<DigestVersion, KeepReason>();
  for (const version of rows) {
    const reason = reasonOf(owner.name, version, own, subjects, unread);
    if (reason !== undefined) kept.set(version, reason);
  }
  // What an untagged index lists stays with it, and what that lists: the loop meets what it adds.
  for (const whole of kept.keys())
    for (const part of childrenOf(whole).length === 0 ? [] : rows)
      if (!kept.has(part) && childrenOf(whole).includes(part.digest))
        kept.set(part, { kind: 'child', of: whole.digest });
  return rows.map((version) => ({ package: owner.name, version, reason: kept.get(version) }));
}

function reasonOf(
  name: string,
  version: DigestVersion,
  own: OwnReasons,
  subjects: ReadonlySet<Digest | undefined>,
  unread: string | undefined,
): KeepReason | undefined {
  const { digest, manifest } = version;
  const needed = own.ofDigest(digest) ?? own.mentioning(name);
  if (needed !== undefined) return neededBy(needed);
  if (manifest === undefined || 'unread' in manifest)
    return { kind: 'unread', error: manifest?.unread ?? 'not asked for' };
  if (unread !== undefined) return { kind: 'unread-sibling', version: unread };
  if (own.isYoung(version)) return { kind: 'young', ageHours: own.ageHours(version) };
  if (subjects.has(digest)) return { kind: 'subject', of: digest };
  return manifest.subject && { kind: 'attached-elsewhere', subject: manifest.subject };
}

function isIndex({ version }: Orphan): boolean {
  return childrenOf(version).length > 0;
}
