import { byAge, ranksOf, type OwnReasons } from './own-reason';
import type { DigestVersion, Package, TagVersion } from './package';
import type { KeepReason } from './reason';
import { subjectOf, type Digest } from '../../clients/forgejo/tag';

/** What has been found about one package so far: a tag without a reason to stay is expendable. */
export interface Judgement {
  readonly package: string;
  /** Newest first. */
  readonly tags: readonly TagVersion[];
  readonly digests: readonly DigestVersion[];
  readonly ranks: ReadonlyMap<TagVersion, number>;
  readonly kept: Map<TagVersion, KeepReason>;
}

/** Judges each tag by itself. */
export function judgeAlone(owner: Package, own: OwnReasons): Judgement {
  const tags = [...owner.tags].sort(byAge);
  const ranks = ranksOf(tags);
  const kept = new Map<TagVersion, KeepReason>();
  for (const version of tags) {
    const reason = own.of(owner.name, version, ranks.get(version));
    if (reason !== undefined) kept.set(version, reason);
  }
  return { package: owner.name, tags, digests: [...owner.digests].sort(byAge), ranks, kept };
}

/** Keeps a package in which one manifest could not be read: any other tag may be the same image. */
export function keepUnread({ tags, kept }: Judgement): void {
  const unread = tags.find(({ manifest }) => 'unread' in manifest);
  if (unread === undefined) return;
  for (const version of tags) {
    if (kept.has(version)) continue;
    kept.set(
      version,
      'unread' in version.manifest
        ? { kind: 'unread', error: version.manifest.unread }
        : { kind: 'unread-sibling', tag: unread.tag },
    );
  }
}

/**
 * Keeps a tag that shares its digest with a kept one, and whatever a kept one holds, until nothing more follows. The kept
 * set only grows, so it does not depend on the order.
 */
export function keepWhatFollows({ tags, digests, kept }: Judgement): void {
  const listed = new Set(tags.flatMap(contents));
  const unlisted = new Set(digests.map(({ digest }) => digest).filter((digest) => !listed.has(digest)));
  let before: number;
  do {
    before = kept.size;
    const keptTags = tags.filter((version) => kept.has(version));
    for (const version of tags) {
      if (kept.has(version)) continue;
      const reason =
        first(keptTags, (other) => twin(other, version) ?? hold(other, version)) ??
        attachedToDigest(version, unlisted);
      if (reason !== undefined) kept.set(version, reason);
    }
  } while (kept.size > before);
}

/**
 * Why a tag cannot leave before another one: it is a child of that index (Forgejo accepts an index whose children were
 * pushed under tags of their own, and then has no other row for them), or it is attached to an image in it.
 */
export function hold(other: TagVersion, version: TagVersion): KeepReason | undefined {
  if (other === version || !('digest' in other.manifest)) return undefined;
  if ('digest' in version.manifest && other.manifest.children.includes(version.manifest.digest))
    return { kind: 'child', of: other.tag };
  const subject = subjectOf(version.tag);
  return subject && contents(other).includes(subject) ? { kind: 'attached', subject } : undefined;
}

export function first<T, R>(items: readonly T[], of: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = of(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function twin(other: TagVersion, version: TagVersion): KeepReason | undefined {
  return 'digest' in other.manifest &&
    'digest' in version.manifest &&
    other.manifest.digest === version.manifest.digest
    ? { kind: 'same-digest', as: other.tag }
    : undefined;
}

/** What is attached to something pushed by digest alone stays until Forgejo itself has swept that. */
function attachedToDigest({ tag }: TagVersion, unlisted: ReadonlySet<Digest>): KeepReason | undefined {
  const subject = subjectOf(tag);
  return subject && unlisted.has(subject) ? { kind: 'attached', subject } : undefined;
}

/** The manifests that a tag reaches: its own and its children. */
function contents({ manifest }: TagVersion): readonly Digest[] {
  return 'digest' in manifest ? [manifest.digest, ...manifest.children] : [];
}
