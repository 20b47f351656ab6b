import { subjectOf, type Digest } from '../../clients/forgejo/tag';
import { childrenOf, contentsOf, readOf, type TagVersion } from './package';

/**
 * One image of a package, whatever number of tags it has: what a policy counts. Tags of the same digest are one build,
 * and leave together or not at all.
 */
export interface Build {
  /** Newest first. */
  readonly tags: readonly [TagVersion, ...TagVersion[]];
  /** Unknown when its one tag could not be read: it is then taken for a build of its own. */
  readonly digest: Digest | undefined;
  readonly children: readonly Digest[];
  /** The manifests that it reaches: its own and its children. */
  readonly contents: readonly Digest[];
  /** What its tags are about, as signatures, attestations or other referrers. */
  readonly subjects: readonly Digest[];
  /** What its newest tag is about, when every one of its tags is about something: then it is no image of its own. */
  readonly attachedTo: Digest | undefined;
}

interface Pushed {
  readonly id: number;
  readonly createdAtMs: number;
}

/** Newest first. Pushes of one second are ordered by Forgejo's row, which only grows, never by the order of the answer. */
export function byAge(a: Pushed, b: Pushed): number {
  return b.createdAtMs - a.createdAtMs || b.id - a.id;
}

/** The builds of a package, that with the newest tag first. */
export function buildsOf(tags: readonly TagVersion[]): readonly Build[] {
  const groups = new Map<Digest | TagVersion, [TagVersion, ...TagVersion[]]>();
  for (const version of [...tags].sort(byAge)) {
    const key = readOf(version)?.digest ?? version;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [version]);
    else group.push(version);
  }
  return [...groups.values()].map((group) => {
    const read = readOf(group[0]);
    const subjects = group.map(({ tag }) => subjectOf(tag) ?? read?.subject);
    return {
      tags: group,
      digest: read?.digest,
      children: childrenOf(group[0]),
      contents: contentsOf(group[0]),
      subjects: [...new Set(subjects.filter((each) => each !== undefined))],
      attachedTo: subjects.includes(undefined) ? undefined : subjects[0],
    };
  });
}

/**
 * The first build that lists a digest, by that digest: Forgejo accepts an index whose children were pushed under tags of
 * their own, and then has no other row for them.
 */
export function wholesOf(builds: readonly Build[]): ReadonlyMap<Digest, Build> {
  return new Map(
    [...builds].reverse().flatMap((build) => build.children.map((child) => [child, build] as const)),
  );
}
