import fc from 'fast-check';
import type { ManifestRead, Package } from '../../programs/retention/package';
import type { PlanInput } from '../../programs/retention/plan';
import type { RetentionPolicy } from '../../programs/retention/policy';
import type { Protection } from '../../programs/retention/protection';
import type { Digest, Tag } from '../../clients/forgejo/tag';

export const HOUR_MS = 3_600_000;
export const NOW_MS = Date.UTC(2026, 10, 22, 4);

const PACKAGES = ['app', 'app/cache', 'base', 'web'];
const IMAGES = 8;
const LEAVES = 4;
const TAGS = ['latest', 'build-CACHE', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6'];

/** A digest that a reader of a counter-example recognizes: image 3 is `sha256:3333…`. */
export const digest = (image: number): Digest => `sha256:${String(image).repeat(64)}` as Digest;
export const tag = (name: string): Tag => name as Tag;

/** The same registry as the plan sees it and as it really is: what could not be read is still there. */
export interface Universe {
  readonly input: PlanInput;
  readonly truth: readonly Package[];
}

interface DrawnTag {
  readonly name: string;
  readonly image: number;
  readonly ageHours: number;
  readonly order: number;
  readonly unread: boolean;
}

const drawnTag: fc.Arbitrary<DrawnTag> = fc.record({
  name: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...TAGS) },
    { weight: 1, arbitrary: fc.nat(IMAGES - 1).map((image) => `sha256-${digest(image).slice(7)}.sig`) },
  ),
  image: fc.nat(IMAGES - 1),
  ageHours: fc.constantFrom(300, 250, 200, 150, 100, 50, 48, 47, 1, 0),
  order: fc.nat(999),
  unread: fc.nat(39).map((side) => side === 39),
});

const drawnPackage = fc.record({
  tags: fc.uniqueArray(drawnTag, { minLength: 1, maxLength: 8, selector: ({ name }) => name }),
  orphans: fc.array(fc.record({ image: fc.nat(IMAGES - 1), order: fc.nat(999) }), { maxLength: 2 }),
  childOrders: fc.array(fc.nat(999), { minLength: LEAVES, maxLength: LEAVES }),
  lostChild: fc.option(fc.nat(LEAVES - 1), { freq: 8 }),
});

const protection: fc.Arbitrary<Protection> = fc.record({
  source: fc.constantFrom('running', 'synthesized'),
  by: fc.constantFrom('Deployment a/b', 'CronJob c/d', 'Pod e/f'),
  target: fc.oneof(
    fc.record({
      kind: fc.constant('tag' as const),
      package: fc.constantFrom(...PACKAGES),
      tag: fc.constantFrom(...TAGS).map((name) => tag(name)),
    }),
    fc.record({ kind: fc.constant('digest' as const), digest: fc.nat(IMAGES - 1).map(digest) }),
    fc.record({
      kind: fc.constant('unparsable' as const),
      text: fc.constantFrom('Forge/o/WEB:', '::base', ''),
    }),
  ),
});

const unlimited = { maxDeletionsPerRun: 1_000_000, maxDeletedShareOfPackage: 1 };

const policy: fc.Arbitrary<RetentionPolicy> = fc.record({
  keepNewestTags: fc.constantFrom(1, 0, 2, 3),
  alwaysKeepTags: fc.constantFrom([], ['latest']),
  alwaysKeepPatterns: fc.constantFrom([], ['/cache/']),
  graceHours: fc.constantFrom(0, 48),
  maxDeletionsPerRun: fc.constantFrom(1000, 5, 2, 1, 0),
  maxDeletedShareOfPackage: fc.constantFrom(1, 0.5, 0.3),
});

/** A registry and a cluster, small enough to collide often: few images, few names, ages around the grace period. */
export const universe: fc.Arbitrary<Universe> = fc
  .record({
    packages: fc.array(drawnPackage, { minLength: 1, maxLength: PACKAGES.length }),
    indexes: fc.array(fc.uniqueArray(fc.nat(LEAVES - 1), { maxLength: 3 }), {
      minLength: IMAGES - LEAVES,
      maxLength: IMAGES - LEAVES,
    }),
    protections: fc.array(protection, { maxLength: 2 }),
    policy,
  })
  .map(({ packages, indexes, protections, policy: drawnPolicy }) => {
    const truth = build(packages, indexes);
    const unread = new Set(
      packages.flatMap(({ tags }, owner) =>
        tags.filter((each) => each.unread).map(({ name }) => `${owner}:${name}`),
      ),
    );
    const seen = truth.map((owner, place) => ({
      ...owner,
      tags: owner.tags.map((version) =>
        unread.has(`${place}:${version.tag}`) ? { ...version, manifest: { unread: '500' } } : version,
      ),
    }));
    return { truth, input: { packages: seen, protections, policy: drawnPolicy, nowMs: NOW_MS } };
  });

export const withoutLimits = (input: PlanInput): PlanInput => ({
  ...input,
  policy: { ...input.policy, ...unlimited },
});

function build(
  drawn: readonly {
    tags: readonly DrawnTag[];
    orphans: readonly { image: number; order: number }[];
    childOrders: readonly number[];
    lostChild: number | null;
  }[],
  indexes: readonly (readonly number[])[],
): readonly Package[] {
  const manifest = (image: number): Extract<ManifestRead, { digest: Digest }> => ({
    digest: digest(image),
    children: (image < LEAVES ? [] : (indexes[image - LEAVES] ?? [])).map(digest),
  });
  // Rows of all packages share one sequence, as Forgejo's do; equal draws fall back to the place in the list.
  let place = 0;
  const idOf = (order: number): number => order * 1000 + place++;
  return drawn.map(({ tags, orphans, childOrders, lostChild }, owner) => {
    const versions = tags.map(({ name, image, ageHours, order }) => ({
      id: idOf(order),
      tag: tag(name),
      createdAtMs: NOW_MS - ageHours * HOUR_MS,
      manifest: manifest(image),
    }));
    const rows = new Map<Digest, number>(orphans.map(({ image, order }) => [digest(image), order]));
    for (const version of versions)
      for (const child of version.manifest.children) {
        const leaf = Number(child.at(-1));
        if (leaf !== lostChild) rows.set(child, childOrders[leaf] ?? 0);
      }
    return {
      name: PACKAGES[owner] ?? '',
      tags: versions,
      digests: [...rows].map(([child, order]) => ({
        id: idOf(order),
        digest: child,
        createdAtMs: NOW_MS - 100 * HOUR_MS,
      })),
    };
  });
}
