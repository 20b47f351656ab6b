import { describe, expect, it } from '@jest/globals';
import type { Package, TagVersion } from '../../../programs/retention/package';
import { plan, type PlanInput } from '../../../programs/retention/plan';
import { subjectOf } from '../../../clients/forgejo/tag';
import type { Protection } from '../../../programs/retention/protection';
import { digest, HOUR_MS, NOW_MS, tag } from '../../support/registry-arbitraries';

/**
 * A second definition of the same decision, by search instead of by rules: of all sets of tags that may go together, the
 * largest. It shares nothing with the plan but the types, and is asked about every small universe there is.
 */
function largestExpendableSet({ packages, policy, nowMs, protections }: PlanInput): ReadonlySet<TagVersion> {
  const all = packages.flatMap((owner) => owner.tags.map((version) => ({ owner, version })));
  const owns = new Set(
    all.filter((each) => staysByItself(each.owner, each.version)).map(({ version }) => version),
  );
  let largest: ReadonlySet<TagVersion> = new Set();
  const undecided = all.filter(({ version }) => !owns.has(version));
  for (let bits = 0; bits < 2 ** undecided.length; bits++) {
    const leaving = new Set(
      undecided.filter((_, place) => bits & (1 << place)).map(({ version }) => version),
    );
    if (leaving.size > largest.size && all.every((each) => mayBe(each.owner, each.version, leaving)))
      largest = leaving;
  }
  return largest;

  function mayBe(owner: Package, version: TagVersion, leaving: ReadonlySet<TagVersion>): boolean {
    if (!leaving.has(version)) return true;
    if (owner.tags.some(({ manifest }) => 'unread' in manifest)) return false;
    const subject = subjectOf(version.tag);
    return (
      owner.tags.every((other) => leaving.has(other) || digestOf(other) !== digestOf(version)) &&
      goesInSomeOrder(owner.tags, version, leaving) &&
      (subject === undefined ||
        owner.digests.every((row) => row.digest !== subject) ||
        owner.tags.some((other) => [digestOf(other), ...childrenOf(other)].includes(subject))) &&
      childrenOf(version).every((child) => {
        const rows = packages.filter(({ digests }) => digests.some((row) => row.digest === child)).length;
        const claims = all.filter(
          (each) => owns.has(each.version) && childrenOf(each.version).includes(child),
        ).length;
        return rows < 2 || claims >= rows;
      })
    );
  }

  /** Whether the version can be reached by taking away, one after another, tags that no tag still there is made of. */
  function goesInSomeOrder(
    present: readonly TagVersion[],
    version: TagVersion,
    leaving: ReadonlySet<TagVersion>,
  ): boolean {
    const free = present.filter(
      (each) => leaving.has(each) && !present.some((other) => isMadeOf(other, each)),
    );
    if (free.includes(version)) return true;
    return (
      free.length > 0 &&
      goesInSomeOrder(
        present.filter((each) => !free.includes(each)),
        version,
        leaving,
      )
    );
  }

  function staysByItself(owner: Package, version: TagVersion): boolean {
    const isImage = (other: TagVersion): boolean => !other.tag.startsWith('sha256-');
    const newer = owner.tags.filter(
      (other) =>
        isImage(other) &&
        (other.createdAtMs > version.createdAtMs ||
          (other.createdAtMs === version.createdAtMs && other.id > version.id)),
    ).length;
    return (
      (isImage(version) && newer < policy.keepNewestTags) ||
      nowMs - version.createdAtMs < policy.graceHours * HOUR_MS ||
      protections.some(
        ({ target }) =>
          (target.kind === 'tag' && target.package === owner.name && target.tag === version.tag) ||
          (target.kind === 'digest' && [digestOf(version), ...childrenOf(version)].includes(target.digest)),
      )
    );
  }
}

function isMadeOf(whole: TagVersion, part: TagVersion): boolean {
  const subject = subjectOf(part.tag);
  return (
    whole !== part &&
    (childrenOf(whole).includes(digestOf(part)) ||
      (subject !== undefined && [digestOf(whole), ...childrenOf(whole)].includes(subject)))
  );
}

const digestOf = ({ manifest }: TagVersion): string | undefined =>
  'digest' in manifest ? manifest.digest : undefined;
const childrenOf = ({ manifest }: TagVersion): readonly (string | undefined)[] =>
  'digest' in manifest ? manifest.children : [];

/** What a tag of a small universe may be: one of two images, or one of two indexes over them; in pairs also unread. */
const CONTENTS: readonly TagVersion['manifest'][] = [
  { digest: digest(1), children: [] },
  { digest: digest(2), children: [] },
  { digest: digest(3), children: [digest(1)] },
  { digest: digest(4), children: [digest(1), digest(2)] },
];
const UNREAD: TagVersion['manifest'] = { unread: '500' };
const NAMES = ['v1', 'v2', `sha256-${'1'.repeat(64)}.sig`].map(tag);
/** The rows a package may have besides its tags: none, either child, both. */
const ROWS = [[], [1], [2], [1, 2]].map((images) => images.map(digest));

function* packagesOf(
  name: string,
  firstId: number,
  names: readonly (typeof NAMES)[number][],
  youngs: readonly number[],
  manifests = CONTENTS,
): Generator<Package> {
  for (const contents of tuples(manifests.length, names.length))
    for (const young of youngs)
      for (const rows of ROWS)
        yield {
          name,
          tags: names.map((each, place) => ({
            id: firstId + place,
            tag: each,
            createdAtMs: NOW_MS - (place === young ? 1 : 100) * HOUR_MS,
            manifest: manifests[contents[place] ?? 0] ?? UNREAD,
          })),
          digests: rows.map((row, place) => ({
            id: firstId + 10 + place,
            digest: row,
            createdAtMs: NOW_MS - 100 * HOUR_MS,
          })),
        };
}

function* tuples(base: number, length: number): Generator<readonly number[]> {
  for (let value = 0; value < base ** length; value++)
    yield Array.from({ length }, (_, place) => Math.floor(value / base ** place) % base);
}

const POLICY = {
  keepNewestTags: 1,
  alwaysKeepTags: [],
  alwaysKeepPatterns: [],
  graceHours: 48,
  maxDeletionsPerRun: 1000,
  maxDeletedShareOfPackage: 1,
};

describe('the plan of every small universe', () => {
  it('deletes exactly the largest set of tags that a search finds may go together', () => {
    const apps = [
      ...packagesOf('app', 1, NAMES, [-1, 0]),
      ...packagesOf('app', 1, NAMES.slice(0, 2), [-1], [...CONTENTS, UNREAD]),
      ...packagesOf('app', 1, [...NAMES].reverse(), [1]),
    ];
    const copies = [
      { name: 'copy', tags: [], digests: [] },
      ...packagesOf('copy', 100, NAMES.slice(0, 1), [-1]),
    ];
    const protections: Protection[] = [
      { source: 'running', by: 'Pod a/b', target: { kind: 'digest', digest: digest(2) } },
    ];
    const differing: string[] = [];
    let universes = 0;
    let deletions = 0;
    for (const app of apps)
      for (const copy of copies)
        for (const needed of [[], protections]) {
          const input = { packages: [app, copy], policy: POLICY, nowMs: NOW_MS, protections: needed };
          const expected = idsOf([...largestExpendableSet(input)]);
          const actual = idsOf(plan(input).deletions);
          if (expected !== actual) differing.push(JSON.stringify({ input, expected, actual }));
          universes += 1;
          deletions += actual === '' ? 0 : 1;
        }

    expect(differing.slice(0, 1)).toEqual([]);
    expect(universes).toBeGreaterThan(20_000);
    expect(deletions).toBeGreaterThan(5000);
  });
});

function idsOf(versions: readonly { readonly id: number }[]): string {
  return versions
    .map(({ id }) => id)
    .sort((a, b) => a - b)
    .join();
}
