/* eslint jest/expect-expect: ["error", { "assertFunctionNames": ["expect", "holds"] }] */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Package, TagVersion } from '../../../programs/retention/package';
import { leavingTagsOf, plan, type Plan, type PlanInput } from '../../../programs/retention/plan';
import type { Protection } from '../../../programs/retention/protection';
import { subjectOf } from '../../../clients/forgejo/tag';
import { apply, sweep } from '../../support/forgejo-sweep';
import { HOUR_MS, universe, withoutLimits, type Universe } from '../../support/registry-arbitraries';

/** Of each property; `npm run mutation` asks for fewer always the same, and no small counter-example, hundreds of times over. */
const MUTATION_RUNS = process.env['MUTATION_RUNS'];
const RUNS =
  MUTATION_RUNS === undefined
    ? { numRuns: 2000 }
    : { numRuns: Number(MUTATION_RUNS), endOnFailure: true, seed: 1 };

/**
 * Eight properties, 16,000 registries and clusters in all. A property lists the versions that break it, so that a
 * counter-example names them.
 */
function holds(faults: (universe: Universe) => readonly string[]): void {
  fc.assert(
    fc.property(universe, (each) => {
      const found = faults(each);
      if (found.length > 0) throw new Error(found.join(', '));
    }),
    RUNS,
  );
}

const key = (name: string, version: string): string => `${name}:${version}`;
const deleted = (decided: Plan): ReadonlySet<string> =>
  new Set(leavingTagsOf(decided).map((each) => key(each.package, each.tag)));
const eachTag = (packages: readonly Package[]): readonly (readonly [Package, TagVersion])[] =>
  packages.flatMap((owner) => owner.tags.map((version) => [owner, version] as const));
const manifests = ({ manifest }: TagVersion): readonly string[] =>
  'digest' in manifest ? [manifest.digest, ...manifest.children] : [];

describe('the retention plan of any registry and any cluster', () => {
  it('decides about every version exactly once', () => {
    holds(({ input }) => {
      const decision = plan(input);
      const remaining = apply(input.packages, decision);
      const decided = [
        ...decision.keeps.map((each) => key(each.package, each.version)),
        ...input.packages.flatMap((owner, place) =>
          versionsOf(owner)
            .filter((each) => !versionsOf(remaining[place]).includes(each))
            .map((each) => key(owner.name, each)),
        ),
      ].sort();
      const listed = input.packages
        .flatMap(({ name, tags, digests }) => [
          ...tags.map((each) => key(name, each.tag)),
          ...digests.map((each) => key(name, each.digest)),
        ])
        .sort();
      return [...(decided.join() === listed.join() ? [] : [`decided ${decided.join()} of ${listed.join()}`])];
    });
  });

  it("loses nothing that a kept tag reaches, even after Forgejo's own sweep", () => {
    holds(({ input, truth }) => {
      const remaining = apply(truth, plan(input));
      const swept = sweep(remaining);
      const sweptAnyway = sweep(truth);
      return remaining.flatMap(({ name, tags }, place) =>
        tags
          .flatMap(manifests)
          .filter((digest) => answers(sweptAnyway[place], digest) && !answers(swept[place], digest))
          .map((digest) => key(name, digest)),
      );
    });
  });

  it('deletes nothing that the cluster or the estate references', () => {
    holds(({ input, truth }) => {
      const gone = deleted(plan(input));
      return eachTag(truth)
        .filter(([owner, version]) => gone.has(key(owner.name, version.tag)))
        .filter(([owner, version]) => input.protections.some((each) => references(each, owner, version)))
        .map(([owner, version]) => key(owner.name, version.tag));
    });
  });

  it('keeps the newest builds, the young, latest and the caches of every package', () => {
    holds(({ input }) => {
      const gone = deleted(plan(input));
      const { keepNewestTags, graceHours, alwaysKeepTags, alwaysKeepPatterns } = input.policy;
      const always = ({ tag }: TagVersion): boolean =>
        alwaysKeepTags.includes(tag) || (alwaysKeepPatterns.includes('/cache/') && /cache/i.test(tag));
      return eachTag(input.packages)
        .filter(([owner, { tag }]) => gone.has(key(owner.name, tag)))
        .filter(
          ([owner, version]) =>
            (counts(owner, version, always) && newerBuilds(owner, version, always) < keepNewestTags) ||
            input.nowMs - version.createdAtMs < graceHours * HOUR_MS ||
            always(version),
        )
        .map(([owner, version]) => key(owner.name, version.tag));
    });
  });

  it('has nothing to do after itself but what its limits deferred', () => {
    holds(({ input }) => {
      const unlimited = withoutLimits(input);
      const whole = plan(unlimited);
      const limited = plan(input);
      const rest = deleted(plan({ ...input, packages: apply(input.packages, limited) }));
      return [
        ...deleted(plan({ ...unlimited, packages: apply(input.packages, whole) })),
        ...[...deleted(limited), ...rest].filter((each) => !deleted(whole).has(each)),
      ];
    });
  });

  it('is the same for every order of its input', () => {
    fc.assert(
      fc.property(universe, fc.nat(), ({ input }, seed) => {
        expect(JSON.stringify(plan(shuffled(input, seed)))).toBe(JSON.stringify(plan(input)));
      }),
      RUNS,
    );
  });

  it('never deletes, after a failed read, what a complete one protects', () => {
    holds(({ input, truth }) => {
      const complete = deleted(plan(withoutLimits({ ...input, packages: truth })));
      return [...deleted(plan(input))].filter((each) => !complete.has(each));
    });
  });

  it('stays within its limits, and takes nothing that a tag still there is made of', () => {
    holds(({ input }) => {
      const { units } = plan(input);
      const { maxDeletionsPerRun, maxDeletedShareOfPackage: share } = input.policy;
      const builds = units.filter(({ reason }) => reason.kind === 'beyond-newest');
      const faults = builds.length > maxDeletionsPerRun ? [`${builds.length} builds`] : [];
      for (const { name, tags } of input.packages) {
        const ofPackage = builds.filter((each) => each.package === name).length;
        const images = new Set(tags.map((version) => manifests(version)[0])).size;
        if (ofPackage > Math.max(images * share, 1)) faults.push(`${ofPackage} of ${name}`);
        const remaining = new Map(tags.map((version) => [version.tag, version]));
        for (const unit of units.filter((each) => each.package === name)) {
          const leaving = unit.tags.map(({ tag }) => remaining.get(tag));
          unit.tags.forEach(({ tag }) => remaining.delete(tag));
          for (const version of leaving)
            if (version && [...remaining.values()].some((other) => isMadeOf(other, version)))
              faults.push(key(name, version.tag));
        }
      }
      return faults;
    });
  });
});

function versionsOf(owner: Package | undefined): readonly string[] {
  return [
    ...(owner?.tags ?? []).map(({ tag }) => tag),
    ...(owner?.digests ?? []).map(({ digest }) => digest),
  ];
}

/** Whether a build of the package counts: not a signature, not only kept by name. */
function counts({ tags }: Package, version: TagVersion, always: (version: TagVersion) => boolean): boolean {
  const twins = tags.filter((other) => isTwin(other, version));
  return twins.some((other) => subjectOf(other.tag) === undefined) && twins.some((other) => !always(other));
}

function isTwin(other: TagVersion, version: TagVersion): boolean {
  return other === version || ('digest' in version.manifest && manifests(other)[0] === manifests(version)[0]);
}

function newerBuilds(owner: Package, version: TagVersion, always: (version: TagVersion) => boolean): number {
  const age = (each: TagVersion): readonly number[] =>
    owner.tags
      .filter((other) => isTwin(other, each))
      .map(({ createdAtMs, id }) => [createdAtMs, id])
      .sort(([a = 0, b = 0], [c = 0, d = 0]) => c - a || d - b)[0] ?? [0, 0];
  const [ownMs = 0, ownId = 0] = age(version);
  const newer = owner.tags.filter((other) => {
    const [ms = 0, id = 0] = age(other);
    return counts(owner, other, always) && (ms > ownMs || (ms === ownMs && id > ownId));
  });
  return newer.filter((each, place) => newer.findIndex((other) => isTwin(other, each)) === place).length;
}

function answers(owner: Package | undefined, manifest: string): boolean {
  return (
    owner !== undefined &&
    (owner.digests.some(({ digest }) => digest === manifest) ||
      owner.tags.some((version) => manifests(version)[0] === manifest))
  );
}

function references({ target }: Protection, { name }: Package, version: TagVersion): boolean {
  if (target.kind === 'tag') return target.package === name && target.tag === version.tag;
  if (target.kind === 'digest') return manifests(version).includes(target.digest);
  return target.text.toLowerCase().includes(name);
}

function isMadeOf(other: TagVersion, part: TagVersion): boolean {
  const subject = subjectOf(part.tag);
  return (
    manifests(other)
      .slice(1)
      .some((child) => child === manifests(part)[0]) ||
    (subject !== undefined && manifests(other).includes(subject))
  );
}

function shuffled(input: PlanInput, seed: number): PlanInput {
  let state = seed;
  const draw = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648);
  const shuffle = <T>(list: readonly T[]): T[] =>
    list
      .map((item) => ({ item, place: draw() }))
      .sort((a, b) => a.place - b.place)
      .map(({ item }) => item);
  return {
    ...input,
    protections: shuffle(input.protections),
    packages: shuffle(input.packages).map((owner) => ({
      ...owner,
      tags: shuffle(owner.tags),
      digests: shuffle(owner.digests),
    })),
  };
}
