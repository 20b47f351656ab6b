import { describe, expect, it } from '@jest/globals';
import type { Package } from '../../../programs/retention/package';
import { plan, type Unit } from '../../../programs/retention/plan';
import { explore, type Bound, type Planner } from '../../support/sweep-explorer';
import { MODEL_NOW_MS, unclaimedElsewhere } from '../../support/sweep-model';

const planOf =
  (keepNewestTags: number, isReadable?: (owner: string) => boolean): Planner =>
  (packages, world) =>
    plan({
      packages,
      protections: [],
      unclaimedElsewhere: unclaimedElsewhere(world, isReadable),
      policy: {
        ...{ keepNewestTags, alwaysKeepTags: [], alwaysKeepPatterns: [], graceHours: 48 },
        ...{ maxDeletionsPerRun: 1000, maxDeletedShareOfPackage: 1 },
      },
      nowMs: MODEL_NOW_MS,
    }).units;

/** The first wrong oracle: the same tags go, and their children are left to the sweep. */
const naive: Planner = (packages, world) => tagsOnly(planOf(0)(packages, world));

/** The second: besides, a tag stays of which the owner has more rows of a child than tags that stay and list it. */
const sharedChildrenKept: Planner = (packages, world) => {
  const units = naive(packages, world);
  const leaving = new Set(units.flatMap(({ tags }) => tags.map(({ id }) => id)));
  const rows = packages.flatMap(({ digests }) => digests.map(({ digest }) => digest));
  const claims = packages.flatMap(({ tags }) =>
    tags.filter(({ id }) => !leaving.has(id)).flatMap(childrenOf),
  );
  const times = (list: readonly string[], wanted: string): number =>
    list.filter((each) => each === wanted).length;
  return units.filter(({ package: name, tags }) =>
    childrenOf(packages.find((each) => each.name === name)?.tags.find(({ id }) => id === tags[0]?.id)).every(
      (child) => times(rows, child) < 2 || times(claims, child) >= times(rows, child),
    ),
  );
};

function tagsOnly(units: readonly Unit[]): readonly Unit[] {
  return units.filter(({ tags }) => tags.length > 0).map((unit) => ({ ...unit, digests: [] }));
}

function childrenOf(version: Package['tags'][number] | undefined): readonly string[] {
  return version !== undefined && 'digest' in version.manifest ? version.manifest.children : [];
}

const ONE_EACH: Bound = {
  packages: ['alpha/app', 'beta/app'],
  tags: ['a', 'b'],
  indexes: ['x', 'y'],
  before: 4,
  during: 0,
};

function told(name: string, bound: Bound, planner: Planner): string | undefined {
  const { worlds, states, working, loss } = explore(bound, planner);
  console.log(
    `model, ${name}: ${worlds} worlds of ${bound.before} operations on ${bound.packages.join(', ')}, ${working} with something to delete, ${states} states with ${bound.during} racing operations; ${loss ?? 'nothing lost'}`,
  );
  return loss;
}

describe("the model of Forgejo's sweep", () => {
  it('loses children of another package to the naive algorithm', () => {
    expect(told('naive', ONE_EACH, naive)).toMatch(/ lost /);
  });

  it("loses another owner's children to an algorithm that keeps what its own packages share", () => {
    expect(told('shared children kept', ONE_EACH, sharedChildrenKept)).toMatch(/beta\/app:. lost /);
  });

  it.each([0, 1])('loses nothing to retention that keeps %i builds, whatever was done before', (keep) => {
    expect(told(`retention, ${keep} builds kept`, ONE_EACH, planOf(keep))).toBeUndefined();
  });

  it('loses nothing to retention of two packages beside another owner, whom it may read or not', () => {
    const bound: Bound = {
      ...ONE_EACH,
      packages: ['alpha/app', 'alpha/web', 'beta/app'],
      tags: ['a'],
      indexes: ['x'],
    };
    expect(told('retention, three packages', bound, planOf(0))).toBeUndefined();
    expect(
      told(
        'retention, three packages, one unread',
        bound,
        planOf(0, () => false),
      ),
    ).toBeUndefined();
  });

  it('loses to an owner who cannot be read, by three packages in one order of rows, and nothing to one who can', () => {
    const bound: Bound = {
      ...ONE_EACH,
      packages: ['alpha/app', 'beta/app', 'gamma/app'],
      tags: ['a'],
      indexes: ['x'],
    };
    const without = (unread: string): Planner => planOf(0, (owner) => owner !== unread);
    expect(told('retention, beta unread', bound, without('beta'))).toMatch(/gamma\/app:a lost 1/);
    expect(told('retention, gamma unread', bound, without('gamma'))).toMatch(/beta\/app:a lost 1/);
    expect(told('retention, all read', bound, planOf(0))).toBeUndefined();
  });

  it('loses nothing to retention while others push and delete', () => {
    const bound: Bound = { ...ONE_EACH, indexes: ['x'], before: 3, during: 1 };
    expect(told('retention with races', bound, planOf(0))).toBeUndefined();
    expect(told('retention with races', bound, planOf(1))).toBeUndefined();
  });
});
