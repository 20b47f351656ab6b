import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { subjectOf, type Digest } from '../../../clients/forgejo/tag';
import type { ManifestRead, Package, TagVersion } from '../../../programs/retention/package';
import { plan, type Plan, type PlanInput, type Unit } from '../../../programs/retention/plan';
import type { Protection } from '../../../programs/retention/protection';
import type { DeleteReason, KeepReason } from '../../../programs/retention/reason';
import { HOUR_MS, NOW_MS, universe } from '../../support/registry-arbitraries';

const RUNS = 1500;
/** All but `strange`, which no registry that is drawn has; reasons.test.ts has. */
const KINDS: readonly (KeepReason | DeleteReason)['kind'][] = [
  ...(['always', 'attached', 'attached-elsewhere', 'beyond-newest', 'child', 'deferred', 'newest'] as const),
  ...(['running', 'same-digest', 'shares-child', 'subject', 'subject-leaves', 'synthesized'] as const),
  ...(['unclaimed', 'unclaimed-row', 'unread', 'unread-sibling', 'young', 'young-child'] as const),
];

const read = (manifest: ManifestRead | undefined): Extract<ManifestRead, { digest: Digest }> | undefined =>
  manifest !== undefined && 'digest' in manifest ? manifest : undefined;
const contents = (manifest: ManifestRead | undefined): readonly string[] => {
  const known = read(manifest);
  return known === undefined ? [] : [known.digest, ...known.children];
};
const about = ({ tag, manifest }: TagVersion): Digest | undefined =>
  subjectOf(tag) ?? read(manifest)?.subject;
const newer = (a: TagVersion, b: TagVersion): boolean =>
  a.createdAtMs > b.createdAtMs || (a.createdAtMs === b.createdAtMs && a.id > b.id);

/** Every fact that a reason may state, worked out anew from the registry that was judged and from what the plan keeps. */
class Facts {
  readonly #kept: ReadonlySet<string>;

  constructor(
    readonly input: PlanInput,
    readonly decided: Plan,
  ) {
    this.#kept = new Set(decided.keeps.map((each) => `${each.package} ${each.version}`));
  }

  keeps(name: string, version: string): boolean {
    return this.#kept.has(`${name} ${version}`);
  }

  /** What any version that stays holds, and what somebody names by its digest. */
  stays(digest: string): boolean {
    return (
      this.input.protections.some(({ target }) => target.kind === 'digest' && target.digest === digest) ||
      this.input.packages.some(
        ({ name, tags, digests }) =>
          tags.some((each) => this.keeps(name, each.tag) && contents(each.manifest).includes(digest)) ||
          digests.some((each) => each.digest === digest && this.keeps(name, digest)),
      )
    );
  }

  named({ target }: Protection, name: string, tag: string | undefined, digests: readonly string[]): boolean {
    if (target.kind === 'tag') return target.package === name && target.tag === tag;
    if (target.kind === 'digest') return digests.includes(target.digest);
    const text = target.text.toLowerCase();
    return text.includes(name) || (tag !== undefined && text.split(/[^\w.-]+/).includes(tag));
  }

  always({ tag }: TagVersion): readonly string[] {
    const { alwaysKeepTags, alwaysKeepPatterns } = this.input.policy;
    return [
      ...alwaysKeepTags.filter((each) => each === tag).map((each) => `tag "${each}"`),
      ...alwaysKeepPatterns
        .filter((each) => new RegExp(each.slice(1, -1), 'i').test(tag))
        .map((each) => `pattern ${each}`),
    ];
  }

  /** The tags that are the same image; one that could not be read is alone. */
  twins({ tags }: Package, { tag, manifest }: TagVersion): readonly TagVersion[] {
    const digest = read(manifest)?.digest;
    return tags.filter((each) => each.tag === tag || (digest && read(each.manifest)?.digest === digest));
  }

  /** One more than the images that count and have a newer tag; `undefined` of one that does not count. */
  rank(owner: Package, version: TagVersion): number | undefined {
    const counts = (twins: readonly TagVersion[]): boolean =>
      twins.some((each) => about(each) === undefined) && twins.some((each) => this.always(each).length === 0);
    const newest = (twins: readonly TagVersion[]): TagVersion =>
      twins.reduce((best, each) => (newer(each, best) ? each : best));
    const own = this.twins(owner, version);
    if (!counts(own)) return undefined;
    const heads = owner.tags.filter((each) => newest(this.twins(owner, each)) === each);
    return 1 + heads.filter((e) => counts(this.twins(owner, e)) && newer(e, newest(own))).length;
  }

  /** What the limits were spent on: images and rows that leave, and what was to leave until its content was seen to stay. */
  taken(name?: string): number {
    const of = (each: { readonly package: string }): boolean => (name ?? each.package) === each.package;
    return [
      ...this.decided.units.filter((unit) => of(unit) && unit.reason.kind === 'beyond-newest'),
      ...this.decided.units.flatMap((unit) =>
        of(unit) && unit.reason.kind === 'unclaimed' ? unit.digests : [],
      ),
      ...this.decided.keeps.filter(of).filter(({ reason }) => reason.kind === 'attached'),
    ].length;
  }

  /** Of its images how many may leave in one run. */
  share(owner: Package): number {
    const { maxDeletedShareOfPackage } = this.input.policy;
    const heads = owner.tags.filter((each) => {
      const twins = this.twins(owner, each);
      return twins.some((twin) => about(twin) === undefined) && twins[0] === each;
    });
    return maxDeletedShareOfPackage === 0
      ? 0
      : Math.max(1, Math.floor(maxDeletedShareOfPackage * heads.length + 1e-9));
  }
}

function isTrue(facts: Facts, owner: Package, version: string, reason: KeepReason): boolean {
  const { policy, protections, packages } = facts.input;
  const tagged = owner.tags.find(({ tag }) => tag === version);
  const row = owner.digests.find(({ digest }) => digest === version);
  const one = tagged ?? row;
  if (one === undefined) return false;
  const held = contents(one.manifest);
  const own =
    tagged === undefined ? [version] : facts.twins(owner, tagged).flatMap((each) => about(each) ?? []);
  const ageMs = NOW_MS - one.createdAtMs;
  switch (reason.kind) {
    case 'running':
    case 'synthesized':
      return protections.some(
        (each) =>
          each.by === reason.by &&
          (each.source === 'synthesized') === (reason.kind === 'synthesized') &&
          facts.named(each, owner.name, tagged?.tag, [...held, ...own]),
      );
    case 'always':
      return tagged !== undefined && facts.always(tagged).includes(reason.rule);
    case 'newest':
      return (
        tagged !== undefined &&
        reason.rank <= policy.keepNewestTags &&
        facts.rank(owner, tagged) === reason.rank
      );
    case 'young':
      return ageMs < policy.graceHours * HOUR_MS && reason.ageHours === Math.floor(ageMs / HOUR_MS);
    case 'young-child':
      return (
        held.includes(reason.child) &&
        owner.digests.some(
          ({ digest, createdAtMs }) =>
            digest === reason.child && NOW_MS - createdAtMs < policy.graceHours * HOUR_MS,
        )
      );
    case 'shares-child':
      return (
        facts.keeps(owner.name, reason.with) &&
        owner.digests.some(
          ({ digest, manifest }) =>
            digest === reason.with && read(manifest)?.children.some((child) => held.includes(child)),
        )
      );
    case 'unread':
      return one.manifest !== undefined && 'unread' in one.manifest && one.manifest.unread === reason.error;
    case 'unread-sibling':
      return [
        ...owner.tags.map(({ tag, manifest }) => ({ name: tag, manifest })),
        ...owner.digests.map(({ digest, manifest }) => ({ name: digest, manifest })),
      ].some(({ name, manifest }) => name === reason.version && manifest && 'unread' in manifest);
    case 'strange':
      return false;
    case 'same-digest':
      return (
        reason.as !== version &&
        facts.keeps(owner.name, reason.as) &&
        tagged !== undefined &&
        facts.twins(owner, tagged).some(({ tag }) => tag === reason.as)
      );
    case 'attached':
      return own.includes(reason.subject) && facts.stays(reason.subject);
    case 'attached-elsewhere':
      return (
        (own.includes(reason.subject) || read(row?.manifest)?.subject === reason.subject) &&
        (packages.some(({ tags }) => tags.some(({ manifest }) => 'unread' in manifest)) ||
          !owner.tags.some(({ manifest }) => contents(manifest).includes(reason.subject)))
      );
    case 'subject':
      return [
        ...owner.tags.filter(({ tag }) => facts.keeps(owner.name, tag)).map(about),
        ...owner.digests
          .filter(({ digest }) => facts.keeps(owner.name, digest))
          .map(({ manifest }) => read(manifest)?.subject),
      ].some((each) => each !== undefined && held.includes(each));
    case 'deferred':
      return reason.limit === 'run'
        ? facts.taken() >= policy.maxDeletionsPerRun
        : facts.taken(owner.name) >= facts.share(owner);
    case 'child':
      return [
        ...owner.tags.map(({ tag, manifest }) => ({ name: tag, manifest })),
        ...owner.digests.map(({ digest, manifest }) => ({ name: digest, manifest })),
      ].some(
        ({ name, manifest }) =>
          name === reason.of &&
          facts.keeps(owner.name, name) &&
          read(manifest)?.children.some((child) => child === (read(tagged?.manifest)?.digest ?? version)),
      );
    case 'unclaimed-row':
      return packages.some(
        ({ name, tags, digests }) =>
          `"${name}"` === reason.in &&
          facts.keeps(name, reason.digest) &&
          digests.some(({ digest }) => digest === reason.digest) &&
          !tags.some(({ manifest }) => read(manifest)?.children.includes(reason.digest)),
      );
  }
}

function isTrueOf(facts: Facts, owner: Package, { tags, digests }: Unit, reason: DeleteReason): boolean {
  const versions = owner.tags.filter(({ id }) => tags.some((each) => each.id === id));
  const [newest] = [...versions].sort((a, b) => (newer(a, b) ? -1 : 1));
  switch (reason.kind) {
    case 'beyond-newest':
      return (
        newest !== undefined &&
        reason.rank === facts.rank(owner, newest) &&
        reason.rank > facts.input.policy.keepNewestTags &&
        reason.ageHours === Math.floor((NOW_MS - newest.createdAtMs) / HOUR_MS) &&
        !versions.some((version) =>
          facts.input.protections.some((each) =>
            facts.named(each, owner.name, version.tag, contents(version.manifest)),
          ),
        )
      );
    case 'subject-leaves':
      return versions.some((each) => about(each) === reason.subject) && !facts.stays(reason.subject);
    case 'unclaimed':
      return !owner.tags.some(({ manifest }) =>
        digests.some((each) => read(manifest)?.children.includes(each)),
      );
  }
}

/** The rows that no tag lists, read as the program reads them, a third of them young. */
function withRows({ packages, ...rest }: PlanInput): PlanInput {
  const indexes = new Map(
    packages.flatMap(({ tags }) =>
      tags.flatMap(({ manifest }) =>
        read(manifest) ? [[read(manifest)?.digest, read(manifest)] as const] : [],
      ),
    ),
  );
  return {
    ...rest,
    packages: packages.map((owner) => ({
      ...owner,
      digests: owner.digests.map((row) => ({
        ...row,
        createdAtMs: NOW_MS - (row.id % 3 === 0 ? 1 : 100) * HOUR_MS,
        ...(owner.tags.some(({ manifest }) => read(manifest)?.children.includes(row.digest))
          ? {}
          : { manifest: indexes.get(row.digest) ?? { digest: row.digest, children: [] } }),
      })),
    })),
  };
}

describe('every reason that retention gives', () => {
  it('is true, by the facts of the registry that it judged', () => {
    const told = new Map<string, number>();
    fc.assert(
      fc.property(universe, (drawn) => {
        const input = withRows(drawn.input);
        const facts = new Facts(input, plan(input));
        const ownerOf = (name: string): Package =>
          input.packages.find((each) => each.name === name) ?? { name, tags: [], digests: [] };
        const count = ({ kind }: { readonly kind: string }): void => {
          told.set(kind, (told.get(kind) ?? 0) + 1);
        };
        const lies = [
          ...facts.decided.keeps.filter(({ package: name, version, reason }) => {
            count(reason);
            return !isTrue(facts, ownerOf(name), version, reason);
          }),
          ...facts.decided.units.filter((unit) => {
            count(unit.reason);
            return !isTrueOf(facts, ownerOf(unit.package), unit, unit.reason);
          }),
        ];
        if (lies.length > 0) throw new Error(JSON.stringify(lies));
      }),
      { numRuns: RUNS },
    );
    console.log(`reasons told and true: ${[...told].map(([kind, times]) => `${kind} ${times}`).join(', ')}`);
    expect([...told.keys()].sort()).toEqual(KINDS);
  });
});
