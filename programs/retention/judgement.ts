import { buildsOf, byAge, wholesOf, type Build } from './build';
import type { OwnReasons } from './own-reason';
import type { DigestVersion, Manifest, Package, StrangeVersion, TagVersion } from './package';
import type { KeepReason } from './reason';
import type { Digest } from '../../clients/forgejo/tag';

/** What has been found about one package so far: a build without a reason to stay is expendable. */
export interface Judgement {
  readonly package: string;
  /** Newest first. */
  readonly builds: readonly Build[];
  readonly digests: readonly DigestVersion[];
  readonly strange: readonly StrangeVersion[];
  /** The place of each build that counts, newest first, from 1. */
  readonly ranks: ReadonlyMap<Build, number>;
  readonly kept: Map<TagVersion, KeepReason>;
}

/** Judges each tag by itself, and nothing of a package in which one manifest could not be read. */
export function judgeAlone(owner: Package, own: OwnReasons): Judgement {
  const builds = buildsOf(owner.tags);
  const counted = builds.filter(
    (build) =>
      build.attachedTo === undefined && build.tags.some((version) => own.alwaysKept(version) === undefined),
  );
  const ranks = new Map(counted.map((build, place) => [build, place + 1]));
  const kept = new Map<TagVersion, KeepReason>();
  const unread = unreadOf(owner);
  for (const build of builds)
    for (const version of build.tags) {
      const reason =
        own.of(owner.name, build, version, ranks.get(build)) ??
        ('unread' in version.manifest
          ? ({ kind: 'unread', error: version.manifest.unread } as const)
          : unread === undefined
            ? undefined
            : ({ kind: 'unread-sibling', version: unread } as const));
      if (reason !== undefined) kept.set(version, reason);
    }
  const { name, digests, strange = [] } = owner;
  return { package: name, builds, digests: [...digests].sort(byAge), strange, ranks, kept };
}

/** A version whose manifest could not be read: any other of the package may be part of it. */
export function unreadOf({ tags, digests, strange }: Package): string | undefined {
  return [
    ...(strange?.map(({ name }) => name) ?? []),
    ...tags.flatMap(({ tag, manifest }) => ('unread' in manifest ? [tag] : [])),
    ...digests.flatMap(({ digest, manifest }) => (manifest && 'unread' in manifest ? [digest] : [])),
  ].sort()[0];
}

/**
 * Keeps a build one of whose children cannot leave with it, which its package would then have without a tagged index: one
 * that was pushed within the grace period, and no build that stays for a reason of its own lists it; one that an untagged
 * index lists which stays; or one whose signature stays for a reason of its own.
 */
export function keepWithItsParts(
  { builds, digests, kept }: Judgement,
  own: OwnReasons,
  untagged: readonly Manifest[],
): void {
  const staying = builds.filter((build) => isKept(build, kept));
  const claimed = new Set(staying.flatMap(({ children }) => children));
  const young = new Set(digests.filter((row) => own.isYoung(row)).map(({ digest }) => digest));
  const reasons = builds.map((build) => {
    const child = build.children.find((each) => young.has(each) && !claimed.has(each));
    if (child !== undefined) return { kind: 'young-child', child } as const;
    const other = untagged.find(({ children }) => children.some((each) => build.children.includes(each)));
    if (other !== undefined) return { kind: 'shares-child', with: other.digest } as const;
    const signature = staying.find(({ subjects }) => subjects.some((each) => build.contents.includes(each)));
    return signature && ({ kind: 'subject', of: signature.tags[0].tag } as const);
  });
  builds.forEach((build, place) => {
    keep(build, reasons[place], kept);
  });
}

/**
 * Keeps every tag of a build of which one stays, what a kept build holds, and what is attached to something that stays
 * anywhere or is not known here (with a tag unread anywhere, nothing is), until nothing more follows. The kept set only
 * grows, so it does not depend on the order.
 */
export function keepWhatFollows(judgements: readonly Judgement[], staying: ReadonlySet<Digest>): void {
  const alive = new Set(staying);
  const unknown = judgements.some(
    ({ builds, strange }) => strange.length > 0 || builds.some(({ digest }) => digest === undefined),
  );
  let before: number;
  do {
    before = sizeOf(judgements);
    for (const { builds, kept } of judgements)
      for (const build of builds)
        if (isKept(build, kept)) for (const digest of build.contents) alive.add(digest);
    for (const { builds, kept } of judgements) {
      const wholes = wholesOf(builds.filter((build) => isKept(build, kept)));
      for (const build of builds)
        keep(build, reasonToFollow(build, builds, kept, wholes, alive, unknown), kept);
    }
  } while (sizeOf(judgements) > before);
}

function reasonToFollow(
  build: Build,
  builds: readonly Build[],
  kept: ReadonlyMap<TagVersion, KeepReason>,
  wholes: ReadonlyMap<Digest, Build>,
  alive: ReadonlySet<Digest>,
  unknown: boolean,
): KeepReason | undefined {
  const twin = build.tags.find((version) => kept.has(version));
  if (twin !== undefined) return { kind: 'same-digest', as: twin.tag };
  const whole = build.digest && wholes.get(build.digest);
  if (whole !== undefined) return { kind: 'child', of: whole.tags[0].tag };
  for (const subject of build.subjects) {
    if (alive.has(subject)) return { kind: 'attached', subject };
    if (unknown || !builds.some((other) => other.contents.includes(subject)))
      return { kind: 'attached-elsewhere', subject };
  }
  return undefined;
}

export function isKept({ tags }: Build, kept: ReadonlyMap<TagVersion, KeepReason>): boolean {
  return tags.some((version) => kept.has(version));
}

/** Gives every tag of a build that has no reason yet this one. */
export function keep(
  { tags }: Build,
  reason: KeepReason | undefined,
  kept: Map<TagVersion, KeepReason>,
): void {
  if (reason === undefined) return;
  for (const version of tags) if (!kept.has(version)) kept.set(version, reason);
}

function sizeOf(judgements: readonly Judgement[]): number {
  return judgements.reduce((sum, { kept }) => sum + kept.size, 0);
}
