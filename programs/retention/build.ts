import { subjectOf, type Digest } from '../../clients/forgejo/tag';
import type { TagVersion } from './package';

/**
 * One image of a package, whatever number of tags it has: what a policy counts. Tags of the same digest are one build,
 * and leave together or not at all.
 */
export interface Build {
  /** Newest first, never empty. */
  readonly tags: readonly TagVersion[];
  /** Unknown when its one tag could not be read: it is then taken for a build of its own. */
  readonly digest: Digest | undefined;
  readonly children: readonly Digest[];
  /** What its tags are about, as signatures, attestations or other referrers. */
  readonly subjects: readonly Digest[];
  /** Whether every one of its tags is about something: then it is no image of its own. */
  readonly attached: boolean;
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
  const groups = new Map<Digest | TagVersion, TagVersion[]>();
  for (const version of [...tags].sort(byAge)) {
    const key = 'digest' in version.manifest ? version.manifest.digest : version;
    groups.set(key, [...(groups.get(key) ?? []), version]);
  }
  return [...groups.values()].map((group) => {
    const manifest = group[0]?.manifest;
    const read = manifest !== undefined && 'digest' in manifest ? manifest : undefined;
    const subjects = group.map(({ tag }) => subjectOf(tag) ?? read?.subject);
    return {
      tags: group,
      digest: read?.digest,
      children: read?.children ?? [],
      subjects: [...new Set(subjects.filter((each) => each !== undefined))],
      attached: !subjects.includes(undefined),
    };
  });
}

/** The manifests that a build reaches: its own and its children. */
export function contentsOf({ digest, children }: Pick<Build, 'digest' | 'children'>): readonly Digest[] {
  return digest === undefined ? [] : [digest, ...children];
}
