import { describe, expect, it } from '@jest/globals';
import type { Digest } from '../../../clients/forgejo/tag';
import type { Package } from '../../../programs/retention/package';
import type { Unit } from '../../../programs/retention/plan';
import {
  packageActions,
  type Action,
  type Answer,
  type Executed,
} from '../../../programs/retention/unit-actions';
import { digest, tag } from '../../support/registry-arbitraries';

/** Three builds: `a` and `b` share child 1, `a` has 2 and `b` has 3 besides; `c` has 4; and a row that no tag lists. */
const CHILDREN = { a: [1, 2], b: [1, 3], c: [4] };
const owner: Package = {
  name: 'app',
  tags: Object.entries(CHILDREN).map(([name, children], place) => ({
    ...{ id: 10 + place, tag: tag(name), createdAtMs: 0 },
    manifest: { digest: digest(7 + place), children: children.map(digest) },
  })),
  digests: [1, 2, 3, 4, 5].map((image) => ({
    ...{ id: image, digest: digest(image), createdAtMs: 0 },
    ...(image === 5 ? { manifest: { digest: digest(5), children: [] } } : {}),
  })),
};
const build = (name: keyof typeof CHILDREN, wave = 0): Unit => ({
  ...{ package: 'app', wave, tags: [{ id: 1, tag: tag(name), createdAtMs: 0 }] },
  digests: CHILDREN[name].map(digest),
  reason: { kind: 'beyond-newest', ageHours: 1 },
});
const ROW: Unit = {
  ...{ package: 'app', wave: 0, tags: [] },
  digests: [digest(5)],
  reason: { kind: 'unclaimed' },
};

interface Held {
  readonly asked: readonly string[];
  readonly executed: readonly string[];
}

/** Talks with a forge that deletes what it is asked to, but for what `answer` says otherwise. */
function hold(
  units: readonly Unit[],
  {
    size = 16,
    answer = () => undefined,
    ...course
  }: {
    readonly size?: number;
    readonly answer?: (action: Action, turn: number) => Answer | undefined;
    readonly unclaimed?: Set<Digest>;
    readonly stopped?: () => string | undefined;
    readonly packages?: Package;
  } = {},
): Held {
  const talk = packageActions(
    units,
    course.packages ?? owner,
    { unclaimed: course.unclaimed ?? new Set(), stopped: course.stopped ?? (() => undefined) },
    size,
  );
  const asked: string[] = [];
  let turn = talk.next();
  while (turn.done !== true) {
    const action = turn.value;
    asked.push(action.kind === 'check' ? 'check' : action.versions.map(short).sort().join(' '));
    const all = action.kind === 'delete' ? action.versions : [];
    turn = talk.next(answer(action, asked.length) ?? { gone: all, deleted: all });
  }
  return { asked, executed: turn.value.map(told) };
}

const short = (version: string): string => version.replace(/^sha256:(.).*/, '$1');
const told = ({ unit, outcome, digests }: Executed): string =>
  `${unit.tags.map((each) => each.tag).join() || 'row'} ${outcome.kind} ${digests}`;

describe('the units of one package', () => {
  it('go in one round with the children that only they list, children first, each after one check', () => {
    expect(hold([build('a'), build('b'), build('c')])).toEqual({
      asked: ['check', '1 2 3 4', 'check', 'a b c'],
      executed: ['a deleted 1', 'b deleted 2', 'c deleted 1'],
    });
  });

  it('keep a child that a tag which stays lists', () => {
    expect(hold([build('a')]).asked).toEqual(['check', '2', 'check', 'a']);
  });

  it('go in as many rounds as their digests and tags take, a larger one alone', () => {
    expect(hold([build('a'), build('b'), build('c')], { size: 3 }).asked).toEqual([
      'check',
      '2',
      'check',
      'a',
      'check',
      '1 3 4',
      'check',
      'b c',
    ]);
    expect(hold([build('a'), build('c')], { size: 1 }).asked).toEqual([
      'check',
      '2',
      'check',
      'a',
      'check',
      '4',
      'check',
      'c',
    ]);
  });

  it('go alone where they have no tag, and in the order of their waves', () => {
    expect(hold([ROW, build('c'), build('a', 1)]).asked).toEqual([
      'check',
      '5',
      'check',
      '4',
      'check',
      'c',
      'check',
      '2',
      'check',
      'a',
    ]);
  });

  it('all stay when something was pushed before their children went, and with their tags when before those', () => {
    const pushedAt =
      (when: number) =>
      (action: Action, turn: number): Answer | undefined =>
        action.kind === 'check' && turn === when ? { pushed: 'v9' } : undefined;

    expect(hold([build('a'), build('c', 1)], { answer: pushedAt(1) })).toEqual({
      asked: ['check'],
      executed: ['a pushed-since 0', 'c held 0'],
    });
    expect(hold([build('a')], { answer: pushedAt(3) })).toEqual({
      asked: ['check', '2', 'check'],
      executed: ['a pushed-since 1'],
    });
  });

  it('fail alone when a child of theirs cannot go, and the tags of the others go', () => {
    const answer = (action: Action, turn: number): Answer | undefined =>
      action.kind === 'delete' && turn === 2
        ? {
            gone: action.versions.filter((version) => version !== digest(4)),
            deleted: [digest(2)],
            error: { message: '500', refused: false },
          }
        : undefined;

    expect(hold([build('a'), build('c')], { answer })).toEqual({
      asked: ['check', '2 4', 'check', 'a'],
      executed: ['a deleted 1', 'c failed 0'],
    });
  });

  it('are not tried any further after a refusal', () => {
    const answer = (action: Action): Answer | undefined =>
      action.kind === 'delete'
        ? { gone: [digest(2)], deleted: [digest(2)], error: { message: '403', refused: true } }
        : undefined;

    expect(hold([build('a'), build('c')], { answer })).toEqual({
      asked: ['check', '2 4'],
      executed: ['a not-tried 1', 'c failed 0'],
    });
  });

  it('fail when the check does', () => {
    const answer = (): Answer => ({ error: { message: '500', refused: false } });

    expect(hold([build('a')], { answer })).toEqual({ asked: ['check'], executed: ['a failed 0'] });
  });

  it('were deleted by somebody else when nothing of them was there, and are held when nothing could go', () => {
    const answer = (action: Action): Answer | undefined =>
      action.kind === 'delete' ? { gone: action.versions, deleted: [] } : undefined;

    expect(hold([build('a')], { answer }).executed).toEqual(['a gone 1']);
    expect(hold([ROW], { unclaimed: new Set([digest(5)]) })).toEqual({ asked: [], executed: ['row held 0'] });
  });

  it('are held while a row of a child of theirs stays that no tag lists, and leave such a row known', () => {
    const unclaimed = new Set([digest(4)]);
    const answer = (action: Action): Answer | undefined =>
      action.kind === 'delete' ? { gone: [], error: { message: '500', refused: false } } : undefined;

    expect(hold([build('a'), build('c')], { unclaimed }).executed).toEqual(['a deleted 1', 'c held 0']);
    expect(hold([ROW], { unclaimed, answer }).executed).toEqual(['row failed 0']);
    expect([...unclaimed]).toEqual([digest(4), digest(5)]);
  });

  it('are not tried once the run is stopped, and held in a package that was not read whole', () => {
    const unread = { ...owner, tags: owner.tags.map((each) => ({ ...each, manifest: { unread: '500' } })) };

    expect(hold([build('a')], { stopped: () => 'SIGTERM' })).toEqual({
      asked: [],
      executed: ['a not-tried 0'],
    });
    expect(hold([build('a')], { packages: unread })).toEqual({ asked: [], executed: ['a held 0'] });
  });
});
