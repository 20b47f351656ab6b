/* eslint jest/expect-expect: ["error", { "assertFunctionNames": ["expect", "holds"] }] */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Package, TagVersion } from '../../../programs/retention/package';
import { plan, type Plan, type PlanInput } from '../../../programs/retention/plan';
import type { Protection } from '../../../programs/retention/protection';
import { isTag, subjectOf } from '../../../clients/forgejo/tag';
import { apply, sweep } from '../../support/forgejo-sweep';
import { HOUR_MS, universe, withoutLimits, type Universe } from '../../support/registry-arbitraries';

/** Of each property; `npm run mutation` asks for fewer and needs no small counter-example, hundreds of times over. */
const MUTATION_RUNS = process.env['MUTATION_RUNS'];
const RUNS =
  MUTATION_RUNS === undefined ? { numRuns: 2000 } : { numRuns: Number(MUTATION_RUNS), endOnFailure: true };

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
const deleted = ({ deletions }: Plan): ReadonlySet<string> =>
  new Set(deletions.map((each) => key(each.package, each.tag)));
const eachTag = (packages: readonly Package[]): readonly (readonly [Package, TagVersion])[] =>
  packages.flatMap((owner) => owner.tags.map((version) => [owner, version] as const));
const manifests = ({ manifest }: TagVersion): readonly string[] =>
  'digest' in manifest ? [manifest.digest, ...manifest.children] : [];

describe('the retention plan of any registry and any cluster', () => {
  it('decides about every version exactly once, and deletes tags only', () => {
    holds(({ input }) => {
      const { keeps, deletions } = plan(input);
      const decided = [
        ...keeps.map((each) => key(each.package, each.version)),
        ...deletions.map((each) => key(each.package, each.tag)),
      ].sort();
      const listed = input.packages
        .flatMap(({ name, tags, digests }) => [
          ...tags.map((each) => key(name, each.tag)),
          ...digests.map((each) => key(name, each.digest)),
        ])
        .sort();
      return [
        ...(decided.join() === listed.join() ? [] : [`decided ${decided.join()} of ${listed.join()}`]),
        ...deletions.filter(({ tag }) => !isTag(tag)).map(({ tag }) => tag),
      ];
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

  it('keeps the newest tags, the young, latest and the caches of every package', () => {
    holds(({ input }) => {
      const gone = deleted(plan(input));
      const { keepNewestTags, graceHours, alwaysKeepTags, alwaysKeepPatterns } = input.policy;
      return eachTag(input.packages)
        .filter(([owner, { tag }]) => gone.has(key(owner.name, tag)))
        .filter(
          ([owner, version]) =>
            (subjectOf(version.tag) === undefined && newerImages(owner, version) < keepNewestTags) ||
            input.nowMs - version.createdAtMs < graceHours * HOUR_MS ||
            alwaysKeepTags.includes(version.tag) ||
            (alwaysKeepPatterns.includes('/cache/') && /cache/i.test(version.tag)),
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
      const { deletions } = plan(input);
      const { maxDeletionsPerRun, maxDeletedShareOfPackage } = input.policy;
      const faults = deletions.length > maxDeletionsPerRun ? [`${deletions.length} deletions`] : [];
      for (const { name, tags } of input.packages) {
        const ofPackage = deletions.filter((each) => each.package === name);
        if (ofPackage.length > tags.length * maxDeletedShareOfPackage)
          faults.push(`${ofPackage.length} of ${name}`);
        const remaining = new Map(tags.map((version) => [version.tag, version]));
        for (const { tag } of ofPackage) {
          const leaving = remaining.get(tag);
          remaining.delete(tag);
          if (leaving && [...remaining.values()].some((other) => isMadeOf(other, leaving)))
            faults.push(key(name, tag));
        }
      }
      return faults;
    });
  });
});

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

function newerImages({ tags }: Package, { createdAtMs, id }: TagVersion): number {
  return tags
    .filter(({ tag }) => subjectOf(tag) === undefined)
    .filter(
      (other) => other.createdAtMs > createdAtMs || (other.createdAtMs === createdAtMs && other.id > id),
    ).length;
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
