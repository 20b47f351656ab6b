import { describe, expect, test } from '@jest/globals';
import type { Image } from '../../../estate/images';
import type { Part } from '../../../evidence/whole-image';
import { decide, type CopyItem, type Decided } from '../../../migration/copy/decide';
import type { SourceTag, TargetTag } from '../../../migration/copy/survey';

const sha = (letter: string): string => `sha256:${letter.repeat(64)}`;
const part = (letter: string, size = 0, kind: Part['kind'] = 'manifest'): Part => ({
  ...{ kind, digest: sha(letter), size },
});
const at = (letter: string, created?: number, more: Partial<TargetTag> = {}): TargetTag => ({
  ...{ digest: sha(letter), createdMs: created, parts: [part(letter), part('f', 100, 'blob')], missing: [] },
  ...more,
});
const tagged = (tag: string, letter: string, created?: number, more: Partial<SourceTag> = {}): SourceTag => ({
  ...{ tag, ...at(letter, created, more) },
});
const lost = (letter: string, how: 'gone' | 'damaged' = 'gone'): TargetTag['missing'][number] => ({
  ...{ ...part(letter, 100, 'blob'), how },
});

interface Case {
  readonly name?: string;
  readonly floats?: boolean;
  readonly named?: readonly string[];
  readonly digests?: readonly (readonly [letter: string, told: boolean])[];
  readonly source?: readonly SourceTag[];
  readonly target?: Readonly<Record<string, TargetTag>>;
  readonly caches?: readonly string[];
  readonly present?: readonly string[];
}

function decided({
  name = 'app',
  floats = false,
  named = [],
  digests = [],
  source = [],
  target = {},
  caches = [],
  present = [],
}: Case): Decided {
  const image: Image = {
    ...{ name, tag: 'v1', tagOwner: 'terraform', source: { registry: 'legacy', repository: name } },
    ...(floats ? { floating: { until: '2027-01-01', why: 'test' } } : {}),
  };
  return decide({
    wanted: {
      image,
      tags: new Map(named.map((tag) => [tag, [`names ${tag}`]])),
      digests: new Map(
        digests.map(([letter, told]) => [sha(letter), { reference: '', by: 'Pod a/b', told }] as const),
      ),
    },
    from: { host: 'old.example', repository: name },
    to: { host: 'new.example', repository: `owner/${name}` },
    ...{ tags: source.map(({ tag }) => tag), caches, present: new Set(present.map(sha)) },
    source,
    target: new Map(Object.entries(target)),
  });
}
const rows = ({ items }: Decided): string[] =>
  items.map(({ to, state, bytes }: CopyItem) => `${to.tag} ${state} ${bytes}`);

describe('what is done for a tag', () => {
  test.each<[string, Case, readonly string[]]>([
    ['nothing there', { source: [tagged('v1', 'a')] }, ['v1 absent 100']],
    ['whole', { source: [tagged('v1', 'a')], target: { v1: at('a') } }, ['v1 whole 0']],
    [
      'a part is missing',
      { source: [tagged('v1', 'a')], target: { v1: at('a', 1, { missing: [lost('f')] }) } },
      ['v1 half 100'],
    ],
    ['other content', { source: [tagged('v1', 'a', 2)], target: { v1: at('b', 1) } }, ['v1 other 0']],
    [
      'an older build of a tag that floats',
      { floats: true, source: [tagged('v1', 'a', 2)], target: { v1: at('b', 1) } },
      ['v1 moved 100'],
    ],
    [
      'a newer build of a tag that floats',
      { floats: true, source: [tagged('v1', 'a', 1)], target: { v1: at('b', 2) } },
      ['v1 other 0'],
    ],
    [
      'content of no age under a tag that floats',
      { floats: true, source: [tagged('v1', 'a', 1)], target: { v1: at('b') } },
      ['v1 other 0'],
    ],
    [
      'two tags share their layer, which travels once',
      { source: [tagged('v1', 'a', 1), tagged('v2', 'b', 2)] },
      ['v1 absent 100', 'v2 absent 0'],
    ],
    [
      'the oldest comes first, those of no age before it in their own order, a signature last',
      {
        source: [
          ...[tagged('v2', 'b', 2), tagged('v1', 'a', 1), tagged('n10', 'c'), tagged('n9', 'd')],
          tagged(`sha256-${'a'.repeat(64)}.sig`, 'e'),
        ],
      },
      [
        ...['n9 absent 100', 'n10 absent 0', 'v1 absent 0', 'v2 absent 0'],
        `sha256-${'a'.repeat(64)}.sig absent 0`,
      ],
    ],
    [
      'one content under two spellings of a tag is one tag there',
      { source: [tagged('V1', 'a'), tagged('v1', 'a')] },
      ['v1 absent 0'],
    ],
  ])('%s', (_, given, expected) => {
    const result = decided(given);

    expect(rows(result)).toEqual(expected);
    expect(result.faults).toEqual([]);
  });
});

describe('nothing is begun', () => {
  test.each<[string, Case, readonly string[]]>([
    [
      'where a named tag is on neither side',
      { named: ['v9'], source: [tagged('v1', 'a')] },
      ['old.example/app: has no tag "v9", which names v9 names, got v1; push it there, or correct the tag'],
    ],
    [
      'where there is no such repository',
      { named: ['v1'] },
      [
        'old.example/app: has no tag "v1", which names v1 names, got none at all; push it there, or correct the tag',
      ],
    ],
    [
      'where a named tag is at the target alone and not whole',
      { named: ['v9'], target: { v9: at('a', 1, { missing: [lost('f')] }) } },
      [
        'old.example/app: has no tag "v9", which names v9 names, got none at all; push it there, or correct the tag',
      ],
    ],
    [
      'where two tags differ in case alone',
      { source: [tagged('RC', 'a'), tagged('rc', 'b')] },
      [
        'old.example/app: Forgejo keeps tags in lower case, got "RC" and "rc", of different content, for "rc"; delete or rename one',
      ],
    ],
    [
      'where the source is broken',
      { source: [tagged('v1', 'a', 1, { missing: [lost('f', 'damaged')] })] },
      [
        `old.example/app:v1: is not whole where it comes from, got ${sha('f')} damaged; push it again, or delete the tag`,
      ],
    ],
    [
      'where Forgejo cannot parse a configuration',
      { source: [tagged('v1', 'a', 1, { unparsed: ['sha256:1, where os is no text, got 1'] })] },
      [
        'old.example/app:v1: is an image that Forgejo refuses, which cannot parse a configuration, got sha256:1, where os is no text, got 1; build it again, or delete the tag',
      ],
    ],
    [
      'where an index holds an index, which Forgejo refuses',
      { source: [tagged('v1', 'a', 1, { nested: ['application/vnd.oci.image.index.v1+json'] })] },
      [
        'old.example/app:v1: is an index that Forgejo refuses, got a part of type "application/vnd.oci.image.index.v1+json"; push what it holds as images of one index, or delete the tag',
      ],
    ],
    [
      'where a workload names content that no tag has',
      { source: [tagged('v1', 'a')], digests: [['c', true]] },
      [
        `Pod a/b names old.example/app@${sha('c')}, which no tag that is copied has; tag it, so that Forgejo keeps it`,
      ],
    ],
    [
      'where Forgejo refuses the name',
      { name: 'a__b', source: [tagged('v1', 'a')] },
      [
        'new.example/owner/a__b: is no name that Forgejo takes; give it one of letters and digits joined by single ".", "_" or "-"',
      ],
    ],
  ])('%s', (_, given, expected) => {
    expect(decided(given).faults).toEqual(expected);
  });

  test('but not for a tag that the target alone has whole, or that a reference spells in lower case', () => {
    expect(decided({ named: ['v9'], target: { v9: at('a') } }).faults).toEqual([]);
    const spelled = decided({ named: ['v1', 'V1'], source: [tagged('V1', 'a')] });
    expect(spelled.faults).toEqual([]);
    expect(spelled.items[0]?.by).toEqual(['names v1', 'names V1']);
  });

  test("but not for a build's cache, which is told and stays, though a pipeline names it", () => {
    const { faults, notes, items } = decided({
      named: ['cache'],
      caches: ['cache'],
      source: [tagged('v1', 'a')],
    });

    expect([faults, items.map(({ to }) => to.tag)]).toEqual([[], ['v1']]);
    expect(notes).toEqual([
      expect.stringContaining("old.example/app:cache holds a build's cache, and is not copied"),
    ]);
  });

  test('but not for content that the target alone has, whole', () => {
    const { faults, notes } = decided({
      source: [tagged('v1', 'a')],
      digests: [['c', true]],
      present: ['c'],
    });

    expect(faults).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('it is whole at new.example already')]);
  });

  test('but not for what a pod once ran, which is told', () => {
    const { faults, notes } = decided({ source: [tagged('v1', 'a')], digests: [['c', false]] });

    expect(faults).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('runs what can be pulled from nowhere')]);
  });
});
