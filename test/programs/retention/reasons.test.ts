import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from '../../../programs/retention/config';
import type { ManifestRead, Package, TagVersion } from '../../../programs/retention/package';
import { keptTagsOf, leavingTagsOf, plan, type Plan } from '../../../programs/retention/plan';
import type { RetentionPolicy } from '../../../programs/retention/policy';
import type { Protection } from '../../../programs/retention/protection';
import { describe as describeReason } from '../../../programs/retention/reason';
import { digest, HOUR_MS, NOW_MS, tag } from '../../support/registry-arbitraries';

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
    manifest: image(number),
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
const told = ({ units, keeps }: Plan): readonly string[] => [
  ...units.flatMap((unit) =>
    [...unit.tags.map(({ tag: name }) => name), ...(unit.tags.length > 0 ? [] : unit.digests)].map(
      (name) =>
        `delete ${unit.package}:${name.startsWith('sha256:') ? name.slice(0, 9) : name} (${unit.wave}): ${describeReason(unit.reason)}`,
    ),
  ),
  ...keeps.map((each) => `keep ${each.package}:${each.version.slice(0, 9)}: ${describeReason(each.reason)}`),
];
const leaving = (decided: Plan): readonly string[] => leavingTagsOf(decided).map((each) => each.tag);

describe('the retention plan', () => {
  it('keeps a tag of which Forgejo lost the date, and says so; the first moment that there is is a date', () => {
    const dated = (createdAtMs: number): Package => ({
      ...{ name: 'app', digests: [] },
      tags: [
        ...tags({ v1: image(1) }).map((each) => ({ ...each, createdAtMs })),
        ...tags({ v2: image(2) }, 9),
      ],
    });

    expect(told(decide([dated(0)]))).toContain('keep app:v1: Forgejo does not say when it was pushed');
    expect(leaving(decide([dated(1)]))).toEqual(['v1']);
  });

  it('keeps the newest tags and deletes the rest with rank and age', () => {
    expect(told(decide([app({ v1: image(1), v2: image(2), v3: image(3) })]))).toEqual([
      'delete app:v1 (0): build number 3 by age, pushed 6 days ago, and nothing needs it',
      'delete app:v2 (0): build number 2 by age, pushed 5 days ago, and nothing needs it',
      'keep app:v3: newest 1',
    ]);
  });

  it('tells what it deletes with the row and the time that were judged', () => {
    expect(decide([app({ v1: image(1), v2: image(2) })]).units).toEqual([
      {
        package: 'app',
        tags: [{ tag: 'v1', id: 1, createdAtMs: NOW_MS - 124 * HOUR_MS }],
        digests: [],
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
      'delete app:v1 (0): build number 2 by age, pushed 4 days ago, and nothing needs it',
      'keep app:v2: newest 1',
    ]);
  });

  it('does not count signatures among the newest tags', () => {
    expect(told(decide([app({ v1: image(1), v2: image(2), [SIGNATURE]: image(3) })]))).toEqual([
      'delete app:v1 (0): build number 2 by age, pushed 6 days ago, and nothing needs it',
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
      decide(packages, { policy: { ...POLICY, alwaysKeepTags: [], alwaysKeepPatterns: [] } }).units,
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
    const ahead = { name: 'app', digests: [], tags: tags({ v1: image(1), v2: image(2) }) };
    const dated = ahead.tags.map((each) => ({ ...each, createdAtMs: each.createdAtMs + 126 * HOUR_MS }));
    expect(told(decide([{ ...ahead, tags: dated }]))).toContain(
      'keep app:v1: its push is dated 2 h ahead of the clock of this run',
    );
    for (const [hours, ago] of [
      [48, '48 h'],
      [71, '71 h'],
      [72, '3 days'],
    ] as const)
      expect(told(decide([aged(hours * HOUR_MS)]))).toContain(
        `delete app:v1 (0): build number 2 by age, pushed ${ago} ago, and nothing needs it`,
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
    for (const text of ['{{ image }}:v1', 'v1 or so', '"${x}:V1"'])
      expect(needs({ kind: 'unparsable', text })).toEqual(['keep app:v1: the cluster needs it: Job a/b']);
    expect(needs({ kind: 'unparsable', text: '{{ image }}:v1-2' })).toEqual([]);
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
      'delete other:v1 (0): build number 2 by age, pushed 5 days ago, and nothing needs it',
      'keep app:v3: newest 1',
      'keep app:v2: "v1" of this package could not be read, and this may be part of it',
      'keep app:v1: its manifest could not be read: GET … 500',
      'keep other:v2: newest 1',
    ]);
  });

  it('keeps a package with a version of neither tag nor digest, names it, and control: deletes in its neighbour', () => {
    const odd = {
      ...app({ v1: index(5, 1), v2: image(2) }, 1, 3),
      strange: [{ id: 90, name: 'v 0', createdAtMs: NOW_MS }],
    };
    const other = { name: 'other', tags: tags({ v1: image(6), v2: image(7) }, 10), digests: [] };
    // What an image of another package has of the odd one's rows stays with it, and so does what may be about its content.
    const shared = {
      name: 'shared',
      tags: tags({ v1: index(4, 3), v2: image(7) }, 20),
      digests: rows(200, 3),
    };
    const signed = app({ v1: image(1), [SIGNATURE]: image(3), v2: image(2) });

    expect(told(decide([odd, other, shared]))).toEqual([
      'delete other:v1 (0): build number 2 by age, pushed 5 days ago, and nothing needs it',
      'keep app:v2: newest 1',
      'keep app:v1: "v 0" of this package could not be read, and this may be part of it',
      'keep app:sha256:33: "v 0" of this package could not be read, and this may be part of it',
      'keep app:sha256:11: part of "v1"',
      'keep app:v 0: its name is neither tag nor digest, so nobody can read what it is; look at its row in Forgejo, nothing of its package is deleted before',
      'keep other:v2: newest 1',
      'keep shared:v2: newest 1',
      'keep shared:v1: "app" has a row of sha256:333333333333 that no tag there lists, for which Forgejo\'s sweep could take another one that is needed',
      'keep shared:sha256:33: part of "v1"',
    ]);
    const elsewhere = { name: 'odd', tags: [], digests: [], strange: odd.strange };
    expect(leaving(decide([{ ...signed, name: 'signed' }, elsewhere]))).not.toContain(SIGNATURE);
    expect(leaving(decide([{ ...signed, name: 'signed' }]))).toContain(SIGNATURE);
  });

  it('keeps a tag of the same digest as a kept one', () => {
    const needed: Protection = {
      ...{ source: 'running', by: 'Pod a/b' },
      target: { kind: 'tag', package: 'app', tag: tag('v1') },
    };
    const packages = [app({ v1: image(1), v2: image(2), v3: image(1), v4: image(4) })];

    expect(told(decide(packages, { protections: [needed] }))).toEqual([
      'delete app:v2 (0): build number 3 by age, pushed 6 days ago, and nothing needs it',
      'keep app:v4: newest 1',
      'keep app:v3: same digest as the kept "v1"',
      'keep app:v1: the cluster needs it: Pod a/b',
    ]);
  });

  it('keeps a tag that is itself a child of a kept index, as builders that tag each platform push it', () => {
    expect(told(decide([app({ 'v1-amd64': image(1), v0: image(2), v1: index(5, 1) })]))).toEqual([
      'delete app:v0 (0): build number 2 by age, pushed 5 days ago, and nothing needs it',
      'keep app:v1: newest 1',
      'keep app:v1-amd64: part of "v1"',
    ]);
  });

  it('deletes an index before the tags that are its children', () => {
    const { units } = decide([app({ 'v1-amd64': image(1), v1: index(5, 1), v2: image(2) })]);

    expect(units.map(({ tags: [first], wave }) => [first?.tag, wave])).toEqual([
      ['v1', 0],
      ['v1-amd64', 1],
    ]);
  });

  it('keeps a signature while its image stays, however it stays', () => {
    const kept = `keep app:${SIGNATURE.slice(0, 9)}: belongs to sha256:111111111111, which stays`;

    expect(told(decide([app({ [SIGNATURE]: image(3), v1: image(1) })]))).toContain(kept);
    expect(told(decide([app({ [SIGNATURE]: image(3), v1: index(5, 1) }, 1)]))).toContain(kept);
    expect(told(decide([app({ [SIGNATURE]: image(3), v2: image(2) }, 1)]))).toContain(kept);
  });

  it('keeps a signature whose image lives in another package, is named by its digest, or is known nowhere', () => {
    const signed = app({ v1: image(1), [SIGNATURE]: image(3), v2: image(2) });
    const elsewhere = { name: 'web', tags: tags({ v1: image(1) }, 50), digests: [] };
    const signatures = { name: 'signatures', tags: tags({ [SIGNATURE]: image(3) }, 60), digests: [] };
    const named: Protection = {
      ...{ source: 'running', by: 'Pod a/b' },
      target: { kind: 'digest', digest: digest(1) },
    };

    expect(leaving(decide([signed]))).toEqual(['v1', SIGNATURE]);
    expect(leaving(decide([signed, elsewhere]))).toEqual(['v1']);
    expect(told(decide([signatures]))).toEqual([
      'keep signatures:sha256-11: belongs to sha256:111111111111, which may live elsewhere',
    ]);
    expect(told(decide([signatures], { protections: [named] }))).toEqual([
      'keep signatures:sha256-11: the cluster needs it: Pod a/b',
    ]);
    expect(
      leaving(decide([signed, { name: 'broken', tags: tags({ v1: { unread: '500' } }), digests: [] }])),
    ).toEqual(['v1']);
  });

  it('takes what says itself what it is about for a referrer, whatever its tag', () => {
    const about = { ...image(3), subject: digest(1) };

    expect(leaving(decide([app({ v1: image(1), sbom: about, v2: image(2) })]))).toEqual(['v1', 'sbom']);
    expect(leaving(decide([app({ sbom: about, v2: image(2), v1: image(1) })]))).toEqual(['v2']);
  });

  it('keeps an image whose signature stays for a reason of its own', () => {
    const packages = [app({ v1: image(1), [SIGNATURE]: image(3), v2: image(2) })].map((owner) => ({
      ...owner,
      tags: owner.tags.map((each) => (each.tag === SIGNATURE ? { ...each, createdAtMs: NOW_MS } : each)),
    }));

    expect(told(decide(packages))).toContain('keep app:v1: a signature or referrer that stays is about it');
  });

  it('deletes the signature of a child together with its index', () => {
    expect(leaving(decide([app({ v1: index(5, 1), [SIGNATURE]: image(3), v2: image(2) }, 1)]))).toEqual([
      'v1',
      SIGNATURE,
    ]);
  });

  it('keeps the signature of a signature of a kept image', () => {
    const second = `sha256-${'3'.repeat(64)}.sig`;

    expect(
      decide([app({ [second]: image(4), v0: image(4), [SIGNATURE]: image(3), v1: image(1) })]).units,
    ).toEqual([]);
  });

  it('takes the children that only leaving indexes list with the last of them', () => {
    const { units, keeps } = decide([app({ v1: index(5, 1, 2), v2: index(6, 2, 3), v3: image(4) }, 1, 2, 3)]);

    expect(units.map(({ tags: [first], digests }) => [first?.tag, digests.map((each) => each[7])])).toEqual([
      ['v1', ['1', '2']],
      ['v2', ['2', '3']],
    ]);
    expect(keeps).toHaveLength(1);
  });

  it('deletes an index whose children another package has too, in its own package alone', () => {
    const copy = { name: 'copy', tags: tags({ v1: index(5, 1), v2: image(2) }, 10), digests: rows(200, 1) };
    const live = { name: 'live', tags: tags({ v0: image(3), v1: index(5, 1) }, 20), digests: rows(300, 1) };

    expect(leavingTagsOf(decide([copy, live]))).toEqual([
      { package: 'copy', tag: 'v1' },
      { package: 'live', tag: 'v0' },
    ]);
  });

  it('deletes rows that no tag lists, indexes first, and keeps what is young, named, a subject or a referrer', () => {
    const orphan = (
      number: number,
      more: Partial<Package['digests'][number]> = {},
    ): Package['digests'][number] => ({
      ...{ id: 100 + number, digest: digest(number), createdAtMs: NOW_MS - 500 * HOUR_MS },
      ...{ manifest: image(number), ...more },
    });
    const named: Protection = {
      ...{ source: 'synthesized', by: 'a row' },
      target: { kind: 'digest', digest: digest(3) },
    };
    const owner = {
      ...app({ v1: image(9), [SIGNATURE]: image(8) }),
      digests: [
        orphan(1),
        orphan(2, { createdAtMs: NOW_MS }),
        orphan(3, { manifest: index(3, 4) }),
        orphan(4),
        orphan(5, { manifest: { ...image(5), subject: digest(7) } }),
        orphan(6, { manifest: index(6, 7) }),
        orphan(7),
      ],
    };

    expect(told(decide([owner], { protections: [named] }))).toEqual([
      'delete app:sha256:66 (0): no index of the package lists it',
      'keep app:sha256-11: belongs to sha256:111111111111, which stays',
      'keep app:v1: newest 1',
      'keep app:sha256:22: pushed 0 h ago, within the grace period',
      'keep app:sha256:77: a signature or referrer that stays is about it',
      'keep app:sha256:55: belongs to sha256:777777777777, which may live elsewhere',
      'keep app:sha256:44: part of "sha256:3333333333333333333333333333333333333333333333333333333333333333"',
      'keep app:sha256:33: the estate names it: a row',
      'keep app:sha256:11: a signature or referrer that stays is about it',
    ]);
  });

  it('deletes such rows of one digest in their order, and none after one that stays', () => {
    const row = (id: number, ageHours: number): Package['digests'] => [
      { id, digest: digest(1), createdAtMs: NOW_MS - ageHours * HOUR_MS, manifest: image(1) },
    ];
    const packages = (youngAt: number): readonly Package[] =>
      [7, 5, 6].map((id) => ({ name: `p${id}`, tags: [], digests: row(id, id === youngAt ? 1 : 500) }));

    expect(told(decide(packages(0)))).toEqual([
      'delete p5:sha256:11 (0): no index of the package lists it',
      'delete p6:sha256:11 (1): no index of the package lists it',
      'delete p7:sha256:11 (2): no index of the package lists it',
    ]);
    expect(told(decide(packages(6))).filter((line) => line.startsWith('delete'))).toEqual([
      'delete p5:sha256:11 (0): no index of the package lists it',
    ]);
    const elsewhere = plan({
      ...{ packages: packages(0), protections: [], policy: POLICY, nowMs: NOW_MS },
      unclaimedElsewhere: new Map([[digest(1), '"web" of "beta"']]),
    });
    expect(told(elsewhere)).toEqual([
      'keep p5:sha256:11: "web" of "beta" has a row of sha256:111111111111 that no tag there lists, for which Forgejo\'s sweep could take another one that is needed',
      ...['keep p6:sha256:11: "p5"', 'keep p7:sha256:11: "p6"'].map((line) => expect.stringContaining(line)),
    ]);
  });

  it('deletes no more of such rows than a run may, and keeps an index beside one that stays', () => {
    const policy = { ...POLICY, maxDeletionsPerRun: 1 };
    const other = { name: 'other', tags: [], digests: rows(200, 1, 2) };
    const packages = [app({ v1: index(5, 2), v2: image(3) }, 2), other];

    expect(told(decide(packages, { policy }))).toEqual([
      'delete other:sha256:11 (0): no index of the package lists it',
      'keep app:v2: newest 1',
      `keep app:v1: "other" has a row of sha256:222222222222 that no tag there lists, for which Forgejo's sweep could take another one that is needed`,
      'keep app:sha256:22: part of "v1"',
      'keep other:sha256:22: expendable, but the limit of one run leaves it to a later one',
    ]);
    expect(leaving(decide(packages, { policy: { ...POLICY, maxDeletionsPerRun: 2 } }))).toEqual(['v1']);
  });

  it('spends the limit of a run on rows that can go, not on what another owner or an earlier row of the digest holds', () => {
    const row = (id: number, ageHours: number): Package['digests'] => [
      { id, digest: digest(1), createdAtMs: NOW_MS - ageHours * HOUR_MS, manifest: image(1) },
    ];
    // A clock that was set back: the earlier row looks like the newer one.
    const clock = [200, 500].map((age, place) => ({ name: `p${place}`, tags: [], digests: row(place, age) }));
    const held = { name: 'held', tags: [], digests: rows(2, 2) };
    const decided = plan({
      ...{ packages: [...clock, held], policy: { ...POLICY, maxDeletionsPerRun: 1 }, protections: [] },
      ...{ nowMs: NOW_MS, unclaimedElsewhere: new Map([[digest(2), '"x" of "y"']]) },
    });

    expect(decided.units.map((unit) => unit.package)).toEqual(['p0']);
  });

  it('keeps an index one of whose children is young or part of an untagged index that stays', () => {
    const withRow = (row: Partial<Package['digests'][number]>): readonly string[] =>
      told(
        decide([
          {
            ...app({ v1: index(5, 1), v2: image(2) }),
            digests: [
              { id: 100, digest: digest(1), createdAtMs: NOW_MS - 500 * HOUR_MS },
              { id: 101, digest: digest(6), createdAtMs: NOW_MS - 500 * HOUR_MS, manifest: index(6, 1) },
            ].map((each) => ({ ...each, ...(each.digest === (row.digest ?? digest(1)) ? row : {}) })),
          },
        ]),
      );

    expect(withRow({ createdAtMs: NOW_MS })).toContain(
      'keep app:v1: its child sha256:111111111111 was pushed within the grace period',
    );
    expect(withRow({ digest: digest(6), createdAtMs: NOW_MS })).toContain(
      'keep app:v1: the untagged index sha256:666666666666, which stays, has a child of it',
    );
    expect(withRow({})).toContain(
      'delete app:v1 (0): build number 2 by age, pushed 5 days ago, and nothing needs it',
    );
    // An index that stays claims the young child; an untagged index of another package claims nothing here.
    const young = rows(100, 1).map((each) => ({ ...each, createdAtMs: NOW_MS }));
    const claimed = { ...app({ v1: index(5, 1), v2: index(2, 1) }), digests: young };
    const untagged = young.map((each) => ({ ...each, id: 9, digest: digest(6), manifest: index(6, 1) }));
    const other = { name: 'other', tags: [], digests: untagged };
    expect(leaving(decide([claimed]))).toEqual(['v1']);
    expect(leaving(decide([app({ v1: index(5, 1), v2: image(2) }, 1), other]))).toEqual(['v1']);
  });

  it('counts builds: tags of one digest once, and latest only beside a tag of its digest', () => {
    const packages = [
      app({
        a1: image(1),
        b1: image(1),
        a2: image(2),
        b2: image(2),
        a3: image(3),
        b3: image(3),
        latest: image(4),
      }),
    ];
    const policy = { ...POLICY, keepNewestTags: 2 };

    expect(leaving(decide(packages, { policy }))).toEqual(['b1', 'a1']);
    expect(
      leaving(decide([app({ v1: image(1), v2: image(2), v3: image(3), latest: image(3) })], { policy })),
    ).toEqual(['v1']);
  });

  it('frees one build of a package however small its share is, and none of a share of none', () => {
    const packages = [app({ v1: image(1), v2: image(2), v3: image(3) })];
    const share = (maxDeletedShareOfPackage: number): readonly string[] =>
      leaving(decide(packages, { policy: { ...POLICY, maxDeletedShareOfPackage } }));

    expect([share(0.3), share(0.01), share(0)]).toEqual([['v1'], ['v1'], []]);
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

  it('tells of the other tag of a kept build that it is the same image, not what else would keep it', () => {
    const target = { kind: 'tag', package: 'app', tag: tag('v1') } as const;
    const decided = plan({
      ...{ packages: [app({ v1: index(5, 1), stable: index(5, 1), v2: image(2) }, 1)], policy: POLICY },
      ...{ protections: [{ source: 'running', by: 'Pod a/b', target }], nowMs: NOW_MS },
      unclaimedElsewhere: new Map([[digest(1), '"web" of "beta"']]),
    });
    expect(told(decided)).toContain('keep app:stable: same digest as the kept "v1"');
  });

  it('spends the limit of a run on images that can go, and keeps what a deferred index is made of with it', () => {
    const target = { kind: 'tag', package: 'app', tag: tag('v1') } as const;
    const one = { ...POLICY, maxDeletionsPerRun: 1 };
    expect(
      leaving(
        decide([app({ v1: image(1), v2: image(2), v3: image(3) })], {
          policy: one,
          protections: [{ source: 'running', by: 'Pod a/b', target }],
        }),
      ),
    ).toEqual(['v2']);
    expect(
      leaving(decide([app({ v1: image(1), [SIGNATURE]: image(3), v2: image(2) })], { policy: one })),
    ).toEqual(['v1', SIGNATURE]);
    expect(
      told(decide([app({ v0: image(4), amd64: image(1), v1: index(5, 1), v2: image(2) })], { policy: one })),
    ).toEqual([
      'delete app:v0 (0): build number 4 by age, pushed 7 days ago, and nothing needs it',
      'keep app:v2: newest 1',
      'keep app:v1: expendable, but the limit of one run leaves it to a later one',
      'keep app:amd64: part of "v1"',
    ]);
  });

  it('lets a signature of itself go, and keeps two that are about each other, since none can go first', () => {
    const second = SIGNATURE.replaceAll('1', '2');
    expect(leaving(decide([app({ [SIGNATURE]: image(1), v2: image(2) })]))).toEqual([SIGNATURE]);
    expect(told(decide([app({ [SIGNATURE]: image(2), [second]: image(1), v3: image(3) })]))).toEqual([
      'keep app:v3: newest 1',
      'keep app:sha256-22: belongs to sha256:222222222222, which stays',
      'keep app:sha256-11: belongs to sha256:111111111111, which stays',
    ]);
  });

  it('deletes the oldest of all packages first and defers the rest of a run', () => {
    const young = { name: 'young', tags: tags({ v1: image(1), v2: image(2) }, 10), digests: [] };
    const old = app({ v1: image(1), v2: image(2), v3: image(3) });

    expect(told(decide([young, old], { policy: { ...POLICY, maxDeletionsPerRun: 1 } }))).toEqual([
      'delete app:v1 (0): build number 3 by age, pushed 6 days ago, and nothing needs it',
      'keep app:v3: newest 1',
      'keep app:v2: expendable, but the limit of one run leaves it to a later one',
      'keep young:v2: newest 1',
      'keep young:v1: expendable, but the limit of one run leaves it to a later one',
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

    expect(share(0.29).units).toHaveLength(29);
    expect(share(0.299).units).toHaveLength(29);
    expect(share(0.29).keeps.at(-1)?.reason).toEqual({ kind: 'deferred', limit: 'package' });
    expect(told(share(0.29))).toContain(
      'keep app:v50: expendable, but the share of its package for one run leaves it to a later one',
    );
  });

  it('keeps the signature of an image that was deferred', () => {
    const policy = { ...POLICY, maxDeletedShareOfPackage: 0.5, maxDeletionsPerRun: 1 };

    expect(
      told(decide([app({ v0: image(4), v1: image(1), v2: image(2), [SIGNATURE]: image(3) })], { policy })),
    ).toEqual([
      'delete app:v0 (0): build number 3 by age, pushed 7 days ago, and nothing needs it',
      `keep app:${SIGNATURE.slice(0, 9)}: belongs to sha256:111111111111, which stays`,
      'keep app:v2: newest 1',
      'keep app:v1: expendable, but the share of its package for one run leaves it to a later one',
    ]);
  });

  it('keeps a chosen signature of an image that another package has until the next run', () => {
    const other = { name: 'other', tags: tags({ w1: image(1), w2: image(5) }, 10), digests: [] };
    const packages = [app({ v1: image(1), [SIGNATURE]: image(3), v2: image(2) }), other];
    const policy = { ...POLICY, maxDeletionsPerRun: 1 };

    expect(leaving(decide(packages))).toEqual(['v1', 'w1', SIGNATURE]);
    expect(leaving(decide(packages, { policy }))).toEqual(['v1']);
  });

  it('tells of an image of which one tag only is a signature that it is old, not what the tag is about', () => {
    expect(
      told(decide([app({ v1: image(1), [SIGNATURE]: image(3), plain: image(3), v2: image(2) })])),
    ).toEqual(
      expect.arrayContaining([
        'delete app:plain (1): build number 2 by age, pushed 5 days ago, and nothing needs it',
      ]),
    );
  });

  it('lists the kept tags of some packages, without their digests', () => {
    const other = { ...app({ v1: image(1) }), name: 'other' };

    expect(keptTagsOf(decide([app({ v1: index(5, 1) }, 1), other]), new Set(['app']))).toEqual([
      { package: 'app', tag: 'v1' },
    ]);
  });
});
