import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from '../../../programs/retention/config';
import type { ManifestRead, Package, TagVersion } from '../../../programs/retention/package';
import { keptTagsOf, plan, type Plan } from '../../../programs/retention/plan';
import type { RetentionPolicy } from '../../../programs/retention/policy';
import type { Protection } from '../../../programs/retention/protection';
import { describe as describeReason } from '../../../programs/retention/reason';
import { digest, HOUR_MS, NOW_MS, tag } from '../../support/registry-arbitraries';

/**
 * What `npm run mutation` leaves alive, and why no test can kill it. plan.ts: `<=` for `<` between the names of packages,
 * which are unique. judgement.ts: an unread manifest never gets as far as being compared, since its package is kept
 * before; a tag is never its own child. limits.ts: what still waits always has something that holds it, and only that is
 * kept for it. own-reason.ts: `undefined <= n` is false as it is. The rest put a text that is no digest among digests.
 */
const POLICY: RetentionPolicy = { ...DEFAULT_POLICY, keepNewestTags: 1, maxDeletedShareOfPackage: 1 };
const SIGNATURE = `sha256-${'1'.repeat(64)}.sig`;

const image = (number: number): ManifestRead => ({ digest: digest(number), children: [] });
const index = (number: number, ...children: readonly number[]): ManifestRead => ({
  digest: digest(number),
  children: children.map(digest),
});
/** Tags of one package, the oldest first, a day apart, the newest a hundred hours old. */
const tags = (manifests: Readonly<Record<string, ManifestRead>>, firstId = 1): readonly TagVersion[] =>
  Object.entries(manifests).map(([name, manifest], place, all) => ({
    id: firstId + place,
    tag: tag(name),
    createdAtMs: NOW_MS - (100 + 24 * (all.length - 1 - place)) * HOUR_MS,
    manifest,
  }));
const rows = (firstId: number, ...numbers: readonly number[]): Package['digests'] =>
  numbers.map((number, place) => ({
    id: firstId + place,
    digest: digest(number),
    createdAtMs: NOW_MS - 500 * HOUR_MS,
  }));
const app = (manifests: Readonly<Record<string, ManifestRead>>, ...children: readonly number[]): Package => ({
  name: 'app',
  tags: tags(manifests),
  digests: rows(100, ...children),
});

const decide = (
  packages: readonly Package[],
  {
    policy = POLICY,
    protections = [],
  }: { policy?: RetentionPolicy; protections?: readonly Protection[] } = {},
): Plan => plan({ packages, policy, protections, nowMs: NOW_MS });

/** Each version of a plan with what a person reads about it; what leaves comes first, in its order. */
const told = ({ deletions, keeps }: Plan): readonly string[] => [
  ...deletions.map(
    (each) => `delete ${each.package}:${each.tag} (${each.wave}): ${describeReason(each.reason)}`,
  ),
  ...keeps.map((each) => `keep ${each.package}:${each.version.slice(0, 9)}: ${describeReason(each.reason)}`),
];

describe('the retention plan', () => {
  it('keeps the newest tags and deletes the rest with rank and age', () => {
    expect(told(decide([app({ v1: image(1), v2: image(2), v3: image(3) })]))).toEqual([
      'delete app:v1 (0): number 3 by age, pushed 148 h ago, and nothing needs it',
      'delete app:v2 (0): number 2 by age, pushed 124 h ago, and nothing needs it',
      'keep app:v3: newest 1',
    ]);
  });

  it('tells what it deletes with the row and the time that were judged', () => {
    expect(decide([app({ v1: image(1), v2: image(2) })]).deletions).toEqual([
      {
        package: 'app',
        tag: 'v1',
        id: 1,
        createdAtMs: NOW_MS - 124 * HOUR_MS,
        wave: 0,
        reason: { kind: 'beyond-newest', rank: 2, ageHours: 124 },
      },
    ]);
  });

  it('takes the higher row for the newer one of two pushes in the same second', () => {
    const [first, second] = tags({ v1: image(1), v2: image(2) }).map((each) => ({
      ...each,
      createdAtMs: NOW_MS - 100 * HOUR_MS,
    }));
    const versions = [second, first].filter((each) => each !== undefined);

    expect(told(decide([{ name: 'app', tags: versions, digests: [] }]))).toEqual([
      'delete app:v1 (0): number 2 by age, pushed 100 h ago, and nothing needs it',
      'keep app:v2: newest 1',
    ]);
  });

  it('does not count signatures among the newest tags', () => {
    expect(told(decide([app({ v1: image(1), v2: image(2), [SIGNATURE]: image(3) })]))).toEqual([
      'delete app:v1 (0): number 2 by age, pushed 148 h ago, and nothing needs it',
      `delete app:${SIGNATURE} (1): belongs to sha256:111111111111, which leaves`,
      'keep app:v2: newest 1',
    ]);
  });

  it('keeps latest and caches, the pattern in any case, and control: with neither rule they go', () => {
    const packages = [app({ latest: image(1), 'Build-CACHE': image(2), v3: image(3) })];

    expect(told(decide(packages))).toEqual([
      'keep app:v3: newest 1',
      'keep app:Build-CAC: always kept by pattern /cache/',
      'keep app:latest: always kept by tag "latest"',
    ]);
    expect(
      decide(packages, { policy: { ...POLICY, alwaysKeepTags: [], alwaysKeepPatterns: [] } }).deletions,
    ).toHaveLength(2);
  });

  it('keeps a tag to the last moment of its grace period', () => {
    const aged = (ageMs: number): Package => ({
      name: 'app',
      tags: [...tags({ v1: image(1), v2: image(2) })].map((each) =>
        each.tag === 'v1' ? { ...each, createdAtMs: NOW_MS - ageMs } : { ...each, createdAtMs: NOW_MS },
      ),
      digests: [],
    });

    expect(told(decide([aged(48 * HOUR_MS - 1)]))).toContain(
      'keep app:v1: pushed 47 h ago, within the grace period',
    );
    expect(told(decide([aged(48 * HOUR_MS)]))).toContain(
      'delete app:v1 (0): number 2 by age, pushed 48 h ago, and nothing needs it',
    );
  });

  it('names who needs a tag, a digest, a child, or something that cannot be parsed', () => {
    const packages = [app({ v1: image(1), v2: image(2), v3: index(5, 3), v4: image(4) }, 3)];
    const needs = (
      target: Protection['target'],
      source: Protection['source'] = 'running',
    ): readonly string[] =>
      told(decide(packages, { protections: [{ source, by: 'Job a/b', target }] })).filter((line) =>
        line.includes('Job a/b'),
      );

    expect(needs({ kind: 'tag', package: 'app', tag: tag('v1') })).toEqual([
      'keep app:v1: the cluster needs it: Job a/b',
    ]);
    expect(needs({ kind: 'tag', package: 'other', tag: tag('v1') })).toEqual([]);
    expect(needs({ kind: 'digest', digest: digest(2) }, 'synthesized')).toEqual([
      'keep app:v2: the estate names it: Job a/b',
    ]);
    expect(needs({ kind: 'digest', digest: digest(3) })).toEqual([
      'keep app:v3: the cluster needs it: Job a/b',
    ]);
    expect(needs({ kind: 'unparsable', text: 'Forge/viktor/APP:' })).toHaveLength(4);
    expect(needs({ kind: 'unparsable', text: 'somebody/else' })).toEqual([]);
  });

  it('names the cluster before the estate, and of several workloads the first by name', () => {
    const target = { kind: 'tag', package: 'app', tag: tag('v1') } as const;
    const protections: Protection[] = [
      { source: 'synthesized', by: 'a row', target },
      { source: 'running', by: 'Pod z/z', target },
      { source: 'running', by: 'Pod a/a', target },
    ];

    for (const order of [protections, [...protections].reverse()])
      expect(told(decide([app({ v1: image(1), v2: image(2) })], { protections: order }))).toContain(
        'keep app:v1: the cluster needs it: Pod a/a',
      );
  });

  it('keeps a package in which one manifest could not be read, and control: deletes in its neighbour', () => {
    const other = { ...app({ v1: image(1), v2: image(2) }), name: 'other' };

    expect(told(decide([app({ v1: { unread: 'GET … 500' }, v2: image(2), v3: image(3) }), other]))).toEqual([
      'delete other:v1 (0): number 2 by age, pushed 124 h ago, and nothing needs it',
      'keep app:v3: newest 1',
      'keep app:v2: "v1" of this package could not be read and may be the same image',
      'keep app:v1: its manifest could not be read: GET … 500',
      'keep other:v2: newest 1',
    ]);
  });

  it('keeps a tag of the same digest as a kept one', () => {
    expect(told(decide([app({ v1: image(1), v2: image(2), v3: image(1) })]))).toEqual([
      'delete app:v2 (0): number 2 by age, pushed 124 h ago, and nothing needs it',
      'keep app:v3: newest 1',
      'keep app:v1: same digest as the kept "v3"',
    ]);
  });

  it('keeps a tag that is itself a child of a kept index, as builders that tag each platform push it', () => {
    expect(told(decide([app({ 'v1-amd64': image(1), v0: image(2), v1: index(5, 1) })]))).toEqual([
      'delete app:v0 (0): number 2 by age, pushed 124 h ago, and nothing needs it',
      'keep app:v1: newest 1',
      'keep app:v1-amd64: part of "v1"',
    ]);
  });

  it('deletes an index before the tags that are its children', () => {
    const { deletions } = decide([app({ 'v1-amd64': image(1), v1: index(5, 1), v2: image(2) })]);

    expect(deletions.map((each) => [each.tag, each.wave])).toEqual([
      ['v1', 0],
      ['v1-amd64', 1],
    ]);
  });

  it('keeps a signature while its image stays, however it stays', () => {
    const kept = `keep app:${SIGNATURE.slice(0, 9)}: belongs to sha256:111111111111, which stays`;

    expect(told(decide([app({ [SIGNATURE]: image(3), v1: image(1) })]))).toContain(kept);
    expect(told(decide([app({ [SIGNATURE]: image(3), v1: index(5, 1) }, 1)]))).toContain(kept);
    expect(told(decide([app({ [SIGNATURE]: image(3), v2: image(2) }, 1)]))).toContain(kept);
    expect(told(decide([app({ [SIGNATURE]: image(3), v2: image(2) })]))).toContain(
      `delete app:${SIGNATURE} (0): belongs to sha256:111111111111, which leaves`,
    );
  });

  it('deletes the signature of a child together with its index, though the row of the child is still there', () => {
    const { deletions } = decide([app({ v1: index(5, 1), [SIGNATURE]: image(3), v2: image(2) }, 1)]);

    expect(deletions.map((each) => each.tag)).toEqual(['v1', SIGNATURE]);
  });

  it('keeps the signature of a signature of a kept image', () => {
    const second = `sha256-${'3'.repeat(64)}.sig`;

    expect(
      decide([app({ [second]: image(4), v0: image(4), [SIGNATURE]: image(3), v1: image(1) })]).deletions,
    ).toEqual([]);
  });

  it('keeps an index whose child another package has too, when its own row would lose its last claim', () => {
    const copy = { name: 'copy', tags: tags({ v1: index(5, 1), v2: image(2) }, 10), digests: rows(200, 1) };
    const live = { name: 'live', tags: tags({ v0: image(3), v1: index(5, 1) }, 20), digests: rows(300, 1) };

    expect(told(decide([copy, live])).slice(0, 4)).toEqual([
      'delete live:v0 (0): number 2 by age, pushed 124 h ago, and nothing needs it',
      'keep copy:v2: newest 1',
      "keep copy:v1: another package has its child sha256:111111111111 too, and Forgejo's sweep could take that one",
      'keep copy:sha256:11: part of "v1"',
    ]);
  });

  it('deletes such an index when tags that stay claim the child as often as it has rows', () => {
    const copy = {
      name: 'copy',
      tags: tags({ v1: index(5, 1), v2: index(6, 1) }, 10),
      digests: rows(200, 1),
    };
    const live = { name: 'live', tags: tags({ v1: index(5, 1) }, 20), digests: rows(300, 1) };

    expect(decide([copy, live]).deletions.map((each) => each.tag)).toEqual(['v1']);
  });

  it('counts an index that lists a child twice as one claim', () => {
    const copy = { name: 'copy', tags: tags({ v1: index(5, 1), v2: image(2) }, 10), digests: rows(200, 1) };
    const live = { name: 'live', tags: tags({ v1: index(5, 1, 1) }, 20), digests: rows(300, 1) };

    expect(decide([copy, live]).deletions).toEqual([]);
  });

  it("tells what Forgejo's sweep makes of each digest", () => {
    expect(told(decide([app({ v1: index(5, 1, 2), v2: index(6, 2, 3) }, 1, 2, 3, 4)]))).toEqual([
      'delete app:v1 (0): number 2 by age, pushed 124 h ago, and nothing needs it',
      'keep app:v2: newest 1',
      "keep app:sha256:44: not a tag; Forgejo's sweep decides",
      'keep app:sha256:33: part of "v2"',
      'keep app:sha256:22: part of "v2"',
      'keep app:sha256:11: not a tag; Forgejo\'s sweep frees it after "v1"',
    ]);
  });

  it('names the kept tag of a child that a newer leaving tag lists too', () => {
    const needed: Protection = {
      source: 'running',
      by: 'Pod a/b',
      target: { kind: 'tag', package: 'app', tag: tag('v1') },
    };
    const packages = [app({ v1: index(5, 1), v2: index(6, 1), v3: image(2) }, 1)];

    expect(told(decide(packages, { protections: [needed] }))).toContain('keep app:sha256:11: part of "v1"');
  });

  it('deletes the oldest of all packages first and defers the rest of a run', () => {
    const young = { name: 'young', tags: tags({ v1: image(1), v2: image(2) }, 10), digests: [] };
    const old = app({ v1: image(1), v2: image(2), v3: image(3) });

    expect(told(decide([young, old], { policy: { ...POLICY, maxDeletionsPerRun: 1 } }))).toEqual([
      'delete app:v1 (0): number 3 by age, pushed 148 h ago, and nothing needs it',
      'keep app:v3: newest 1',
      'keep app:v2: expendable, but this run has reached its limit',
      'keep young:v2: newest 1',
      'keep young:v1: expendable, but this run has reached its limit',
    ]);
  });

  it('takes from a package no more than its share, rounded down but not by binary fractions', () => {
    const hundred = Object.fromEntries(
      Array.from({ length: 100 }, (_, place) => [`v${place}`, { digest: digest(1), children: [] }]),
    );
    const distinct = app(hundred).tags.map((each, place) => ({
      ...each,
      manifest: {
        digest: `sha256:${String(place).padStart(64, '0')}` as ReturnType<typeof digest>,
        children: [],
      },
    }));
    const share = (maxDeletedShareOfPackage: number): Plan =>
      decide([{ name: 'app', tags: distinct, digests: [] }], {
        policy: { ...POLICY, maxDeletionsPerRun: 1000, maxDeletedShareOfPackage },
      });

    expect(share(0.29).deletions).toHaveLength(29);
    expect(share(0.299).deletions).toHaveLength(29);
    expect(share(0.29).keeps.at(-1)?.reason).toEqual({ kind: 'deferred', limit: 'package' });
    expect(told(share(0.29))).toContain(
      'keep app:v50: expendable, but this package has reached its share for one run',
    );
  });

  it('keeps the signature of an image that was deferred', () => {
    const policy = { ...POLICY, maxDeletedShareOfPackage: 0.5, maxDeletionsPerRun: 1 };

    expect(
      told(decide([app({ v0: image(4), v1: image(1), v2: image(2), [SIGNATURE]: image(3) })], { policy })),
    ).toEqual([
      'delete app:v0 (0): number 3 by age, pushed 172 h ago, and nothing needs it',
      `keep app:${SIGNATURE.slice(0, 9)}: belongs to sha256:111111111111, which stays`,
      'keep app:v2: newest 1',
      'keep app:v1: expendable, but this run has reached its limit',
    ]);
  });

  it('lists the kept tags of some packages, without their digests', () => {
    const other = { ...app({ v1: image(1) }), name: 'other' };

    expect(keptTagsOf(decide([app({ v1: index(5, 1) }, 1), other]), new Set(['app']))).toEqual([
      { package: 'app', tag: 'v1' },
    ]);
  });
});
