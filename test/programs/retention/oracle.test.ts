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
  const named = new Set<string>(
    protections.flatMap(({ target }) => (target.kind === 'digest' ? [target.digest] : [])),
  );
  const rowsThatStay = unclaimedThatStay();
  const owns = new Set(
    all
      .filter(
        ({ owner, version }) =>
          staysByItself(owner, version) ||
          childrenOf(version).some((child) => child !== undefined && rowsThatStay.has(child)),
      )
      .map(({ version }) => version),
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
    if (isUnread(owner)) return false;
    const subject = subjectOf(version.tag);
    const reaching = (tags: readonly TagVersion[], wanted: string): readonly TagVersion[] =>
      tags.filter((other) => [digestOf(other), ...childrenOf(other)].includes(wanted));
    return (
      owner.tags.every((other) => leaving.has(other) || digestOf(other) !== digestOf(version)) &&
      goesInSomeOrder(owner.tags, version, leaving) &&
      !owner.tags.some((other) => owns.has(other) && isAbout(other, version)) &&
      (subject === undefined ||
        (!packages.some(isUnread) &&
          !rowsThatStay.has(subject) &&
          reaching(owner.tags, subject).length > 0 &&
          packages.every((each) => reaching(each.tags, subject).every((other) => leaving.has(other)))))
    );
  }

  /** Digest rows that no tag of their package lists and that somebody names, a signature is about, or stand behind one such. */
  function unclaimedThatStay(): ReadonlySet<string> {
    const rows = packages.flatMap((owner) =>
      owner.digests
        .filter(({ digest: row }) => !owner.tags.some((version) => childrenOf(version).includes(row)))
        .map(({ digest: row }) => ({ owner, row })),
    );
    return new Set(
      rows
        .filter(
          ({ owner, row }) =>
            named.has(row) || isUnread(owner) || owner.tags.some(({ tag: name }) => subjectOf(name) === row),
        )
        .map(({ row }) => row),
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
    const twins = (of: TagVersion): readonly TagVersion[] =>
      owner.tags.filter(
        (other) => other === of || (digestOf(of) !== undefined && digestOf(other) === digestOf(of)),
      );
    const isImage = (of: TagVersion): boolean =>
      twins(of).some(({ tag: name }) => !name.startsWith('sha256-'));
    const isNewer = (a: TagVersion, b: TagVersion): boolean =>
      a.createdAtMs > b.createdAtMs || (a.createdAtMs === b.createdAtMs && a.id > b.id);
    const newerBuilds = owner.tags.filter(
      (other) =>
        isImage(other) &&
        !twins(other).some((twin) => isNewer(twin, other)) &&
        !twins(version).some((twin) => twin === other || isNewer(twin, other)),
    ).length;
    const subject = subjectOf(version.tag);
    return (
      (isImage(version) && newerBuilds < policy.keepNewestTags) ||
      nowMs - version.createdAtMs < policy.graceHours * HOUR_MS ||
      [digestOf(version), ...childrenOf(version), subject].some(
        (each) => each !== undefined && named.has(each),
      ) ||
      // Of an image and its twin the signature, what the twin is about is needed too.
      twins(version).some((twin) => named.has(subjectOf(twin.tag) ?? ''))
    );
  }
}

function isUnread({ tags }: Package): boolean {
  return tags.some(({ manifest }) => 'unread' in manifest);
}

function isAbout(other: TagVersion, version: TagVersion): boolean {
  const subject = subjectOf(other.tag);
  return (
    subject !== undefined &&
    digestOf(other) !== digestOf(version) &&
    [digestOf(version), ...childrenOf(version)].includes(subject)
  );
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
            manifest: { digest: row, children: [] },
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
          const actual = idsOf(plan(input).units.flatMap(({ tags }) => tags));
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
