import { expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from '../../../programs/retention/config';
import { judgeOrphans } from '../../../programs/retention/orphans';
import { OwnReasons } from '../../../programs/retention/own-reason';
import { childrenOf, type ManifestRead, type Package } from '../../../programs/retention/package';
import type { Protection } from '../../../programs/retention/protection';
import type { Digest } from '../../../clients/forgejo/tag';
import { digest, HOUR_MS, NOW_MS, tag } from '../../support/registry-arbitraries';

type Row = Package['digests'][number];
const image = (number: number, subject?: number): ManifestRead => ({
  ...{ digest: digest(number), children: [] },
  ...(subject === undefined ? {} : { subject: digest(subject) }),
});
const index = (number: number, ...children: readonly number[]): ManifestRead => ({
  ...{ digest: digest(number), children: children.map(digest) },
});
const UNREAD: ManifestRead = { unread: 'GET … 500' };
/** A row of 500 hours; its id is the hundred of its digest, so that the rows of a package have the order of their numbers. */
const row = (number: number, manifest = image(number), more?: Partial<Row>): Row => ({
  ...{ id: 100 * number, digest: digest(number), createdAtMs: NOW_MS - 500 * HOUR_MS },
  manifest,
  ...more,
});
const { manifest: _none, ...notAskedFor } = row(1);
const app = (digests: readonly Row[], tags: Readonly<Record<string, ManifestRead>> = {}): Package => ({
  ...{ name: 'app', digests },
  tags: Object.entries(tags).map(([name, manifest], id) => ({
    ...{ id, tag: tag(name), createdAtMs: NOW_MS - 500 * HOUR_MS, manifest },
  })),
});
const judged = (
  packages: readonly Package[],
  { limit = 9, elsewhere = new Map<Digest, string>(), protections = [] as readonly Protection[] } = {},
): readonly string[] =>
  judgeOrphans(packages, new OwnReasons(protections, DEFAULT_POLICY, NOW_MS), limit, elsewhere).map(
    ({ package: name, version, reason, place }) =>
      `${name} ${version.digest[7] ?? ''} ${place}: ${reason === undefined ? 'goes' : Object.values(reason).join(' ')}`,
  );

it.each<[string, Package, readonly string[]]>([
  ['what a tag lists is nobody to be judged', app([row(1), row(2)], { v1: index(9, 1) }), ['app 2 0: goes']],
  ['a row that was not asked for may be an index', app([notAskedFor]), ['app 1 0: unread not asked for']],
  [
    'a row that could not be read keeps every other of its package, which may be its child',
    app([row(1, UNREAD), row(2)]),
    ['app 1 0: unread GET … 500', `app 2 0: unread-sibling ${digest(1)}`],
  ],
  ['so does a tag that could not be read', app([row(2)], { v1: UNREAD }), ['app 2 0: unread-sibling v1']],
  [
    'what was pushed within the grace period may be waiting for its index',
    app([row(1, image(1), { createdAtMs: NOW_MS - 47 * HOUR_MS }), row(2)]),
    ['app 1 0: young 47', 'app 2 0: goes'],
  ],
  [
    "a tag's signature, its referrer and a row's referrer keep what they are about, and the last what may live elsewhere",
    app([row(1), row(2), row(3), row(4, image(4, 3))], {
      [`sha256-${'1'.repeat(64)}.sig`]: image(8),
      sbom: image(7, 2),
    }),
    [
      `app 1 0: subject ${digest(1)}`,
      `app 2 0: subject ${digest(2)}`,
      `app 3 0: subject ${digest(3)}`,
      `app 4 0: attached-elsewhere ${digest(3)}`,
    ],
  ],
  [
    'an untagged index that stays keeps what it lists, and what that lists',
    app([row(1), row(2, index(2, 1)), row(3, index(3, 2), { createdAtMs: NOW_MS }), row(4)]),
    [`app 1 0: child ${digest(2)}`, `app 2 0: child ${digest(3)}`, 'app 3 0: young 0', 'app 4 0: goes'],
  ],
  [
    'of two untagged indexes the newer is named, in whatever order the list is, and no reason of its own is lost',
    app([
      row(2, index(2, 1, 3), { createdAtMs: NOW_MS - HOUR_MS }),
      row(1),
      row(3, index(3, 1), { createdAtMs: NOW_MS }),
    ]),
    [`app 1 0: child ${digest(3)}`, 'app 2 0: young 1', 'app 3 0: young 0'],
  ],
])('of the rows without a claim %s', (_, owner, reasons) => {
  expect(judged([owner])).toEqual(reasons);
  expect(judged([{ ...owner, digests: [...owner.digests].reverse() }])).toEqual(reasons);
});

it('what somebody names, by digest or by the name of the package, stays', () => {
  const by = 'Pod a/b';
  const names = (target: Protection['target']): readonly string[] =>
    judged([app([row(1), row(2)])], { protections: [{ source: 'observed', by, target }] });

  expect(names({ kind: 'digest', digest: digest(1) })).toEqual(['app 1 0: running Pod a/b', 'app 2 0: goes']);
  expect(names({ kind: 'unparsable', text: '{{ x }}/app' })).toEqual(
    ['1', '2'].map((each) => `app ${each} 0: running Pod a/b`),
  );
});

it('of one digest the rows go in their order, each counted, and none after one that stays anywhere', () => {
  const [first, second, third] = [5, 7, 6].map((id) => ({
    ...app([row(1, image(1), { id })]),
    name: `p${id}`,
  }));
  if (first === undefined || second === undefined || third === undefined) throw new Error('unreachable');
  const young = { ...third, digests: third.digests.map((each) => ({ ...each, createdAtMs: NOW_MS })) };

  expect(judged([second, first, third])).toEqual(['p5 1 0: goes', 'p6 1 1: goes', 'p7 1 2: goes']);
  expect(judged([second, first, young])).toEqual([
    ...['p5 1 0: goes', 'p6 1 1: young 0'],
    `p7 1 2: unclaimed-row ${digest(1)} "p6"`,
  ]);
  expect(judged([first, app([row(2)])], { elsewhere: new Map([[digest(1), 'x']]) })).toEqual([
    `p5 1 0: unclaimed-row ${digest(1)} x`,
    'app 2 0: goes',
  ]);
});

it.each([
  [0, []],
  [1, ['3']],
  [2, ['3', '5']],
  [3, ['1', '3', '5']],
  [4, ['1', '2', '3', '5']],
  [9, ['1', '2', '3', '5']],
])(
  'of a limit of %d rows go %j: indexes first, then the lower row; what stays takes no room',
  (limit, go) => {
    const [young, leaves] = [row(4, image(4), { createdAtMs: NOW_MS }), [row(1), row(2)]];
    const told = judged([app([...leaves, row(3, index(3, 9)), young, row(5, index(5, 9))])], { limit });

    expect(told.filter((line) => line.endsWith('goes')).map((line) => line[4])).toEqual(go);
    expect(told.filter((line) => line.endsWith('deferred run'))).toHaveLength(4 - go.length);
  },
);

it('a version that was not read lists nothing', () => {
  expect([childrenOf({ manifest: UNREAD }), childrenOf({}), childrenOf({ manifest: index(1, 2) })]).toEqual([
    ...[[], [], [digest(2)]],
  ]);
});
