import { PackageContents } from '../../clients/forgejo/package-contents';
import { isTag, type Digest, type Tag } from '../../clients/forgejo/tag';
import { wholesOf, type Build } from './build';
import { isKept, judgeAlone, keepWhatFollows, keepWithItsParts, unreadOf, type Judgement } from './judgement';
import { withinLimits, type Chosen } from './limits';
import { judgeOrphans, type Orphan } from './orphans';
import { OwnReasons } from './own-reason';
import { childrenOf, readOf, type Manifest, type Package, type TagVersion } from './package';
import type { RetentionPolicy } from './policy';
import type { Protection } from './protection';
import type { DeleteReason, KeepReason } from './reason';
import { keepBesideUnclaimed } from './unclaimed-rows';

export interface PlanInput {
  /** Every package of the owner, whole: a plan from a partial list is worth nothing. */
  readonly packages: readonly Package[];
  readonly protections: readonly Protection[];
  readonly policy: RetentionPolicy;
  readonly nowMs: number;
  /** Digests of which another owner's package has a row that no tag of it lists, and which one. @default none */
  readonly unclaimedElsewhere?: ReadonlyMap<Digest, string>;
}

/** Every version appears once, in one of the two. */
export interface Plan {
  readonly keeps: readonly Keep[];
  /** In the order of execution: what has no tag first, then by wave, in each wave the oldest first. */
  readonly units: readonly Unit[];
  /** Expendable builds that the limits of one run leave to the next, whatever number of tags each has. */
  readonly deferredBuilds: number;
}

interface Keep {
  readonly package: string;
  /** A tag, a digest, or the name of a strange version. */
  readonly version: string;
  readonly createdAtMs: number;
  readonly reason: KeepReason;
}

/** What leaves together: a build with the children that no other one lists, or the rows of a package without an index. */
export interface Unit {
  readonly package: string;
  /**
   * From 0. What an image holds (children with tags of their own, signatures) leaves in a later wave than the image, and
   * of rows without a tag the second of the same digest later than the first.
   */
  readonly wave: number;
  /** The rows that were judged: the same tag pushed since then has another one, and has not been judged. */
  readonly tags: readonly Pick<TagVersion, 'id' | 'tag' | 'createdAtMs'>[];
  /** The children of the index, or the rows themselves; which of them can go is proved when it is their turn. */
  readonly digests: readonly Digest[];
  readonly reason: DeleteReason;
}

/**
 * Decides about every version of every package: pure, the same for every order of its input, and asking for less
 * whenever it knows less.
 */
export function plan({
  packages,
  protections,
  policy,
  nowMs,
  unclaimedElsewhere = new Map(),
}: PlanInput): Plan {
  const own = new OwnReasons(protections, policy, nowMs);
  const sorted = [...packages].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const orphans = judgeOrphans(sorted, own, policy.maxDeletionsPerRun, unclaimedElsewhere);
  const judgements = sorted.map((owner) => judgeAlone(owner, own));
  const staying = new Map(
    orphans.flatMap(({ package: name, version, reason }) =>
      reason === undefined ? [] : [[version.digest, `"${name}"`]],
    ),
  );
  keepBesideUnclaimed(judgements, new Map([...unclaimedElsewhere, ...staying]));
  for (const judgement of judgements)
    keepWithItsParts(judgement, own, stayingManifests(orphans, judgement.package));
  const alive = new Set([...staying.keys(), ...own.digests()]);
  keepWhatFollows(judgements, alive);
  const withinLimit = withinLimits(judgements, policy);
  // What was deferred stays too: a signature in one package of an image that another has until the next run.
  keepWhatFollows(judgements, alive);
  const chosen = withinLimit.filter(({ build, judgement }) => !isKept(build, judgement.kept));
  const leaving = new Set(chosen.map(({ build }) => build));
  return {
    keeps: judgements.flatMap((judgement) => [
      ...keptTags(judgement),
      ...keptDigests(judgement, leaving, orphans),
      ...keptStrange(judgement),
    ]),
    units: [...orphanUnits(orphans), ...chosen.map((each) => unitOf(each, own))],
    deferredBuilds: judgements.reduce((sum, judgement) => sum + deferredIn(judgement), 0),
  };
}

/** What the manifests of a package list, or `undefined` when one of them was not read. */
export function contentsOfPackage(owner: Package): PackageContents | undefined {
  if (unreadOf(owner) !== undefined) return undefined;
  return new PackageContents(
    [
      ...owner.tags.map((version) => ({ name: version.tag, children: childrenOf(version) })),
      ...owner.digests.map((version) => ({ name: version.digest, children: childrenOf(version) })),
    ],
    owner.digests.map(({ digest }) => digest),
  );
}

export interface TagOfPackage {
  readonly package: string;
  readonly tag: Tag;
}

/** The tags that a plan keeps, of some packages or of all. */
export function keptTagsOf({ keeps }: Plan, packages?: ReadonlySet<string>): readonly TagOfPackage[] {
  return keeps.flatMap(({ package: name, version }) =>
    (packages?.has(name) ?? true) && isTag(version) ? [{ package: name, tag: version }] : [],
  );
}

/** The tags that a plan deletes. */
export function leavingTagsOf({ units }: Plan): readonly TagOfPackage[] {
  return units.flatMap(({ package: name, tags }) => tags.map(({ tag }) => ({ package: name, tag })));
}

function deferredIn({ builds, kept }: Judgement): number {
  return builds.filter(({ tags: [newest] }) => kept.get(newest)?.kind === 'deferred').length;
}

function keptTags({ package: name, builds, kept }: Judgement): readonly Keep[] {
  return builds
    .flatMap(({ tags }) => tags)
    .flatMap((version) => {
      const reason = kept.get(version);
      return reason === undefined
        ? []
        : [{ package: name, version: version.tag, createdAtMs: version.createdAtMs, reason }];
    });
}

function keptDigests(
  { package: name, builds, digests }: Judgement,
  leaving: ReadonlySet<Build>,
  orphans: readonly Orphan[],
): readonly Keep[] {
  const orphaned = new Map(
    orphans.filter((each) => each.package === name).map(({ version, reason }) => [version.digest, reason]),
  );
  const wholes = wholesOf(builds.filter((build) => !leaving.has(build)));
  return digests.flatMap(({ digest, createdAtMs }) => {
    const whole = wholes.get(digest);
    const reason: KeepReason | undefined =
      whole === undefined ? orphaned.get(digest) : { kind: 'child', of: whole.tags[0].tag };
    return reason === undefined ? [] : [{ package: name, version: digest, createdAtMs, reason }];
  });
}

function keptStrange({ package: name, strange }: Judgement): readonly Keep[] {
  return strange.map((each) => ({
    ...{ package: name, version: each.name, createdAtMs: each.createdAtMs },
    reason: { kind: 'strange' },
  }));
}

function stayingManifests(orphans: readonly Orphan[], name: string): readonly Manifest[] {
  return orphans
    .filter((each) => each.package === name && each.reason !== undefined)
    .flatMap(({ version }) => readOf(version) ?? []);
}

function orphanUnits(orphans: readonly Orphan[]): readonly Unit[] {
  const units = new Map<string, Unit>();
  for (const { package: name, version, reason, place } of orphans) {
    if (reason !== undefined) continue;
    const key = `${place} ${name}`;
    const empty = {
      package: name,
      wave: place,
      tags: [],
      digests: [],
      reason: { kind: 'unclaimed' },
    } as const;
    const unit = units.get(key) ?? empty;
    units.set(key, { ...unit, digests: [...unit.digests, version.digest] });
  }
  return [...units.values()].sort((a, b) => a.wave - b.wave);
}

function unitOf({ judgement, build, wave }: Chosen, own: OwnReasons): Unit {
  const { attachedTo: subject, tags } = build;
  return {
    package: judgement.package,
    wave,
    tags: tags.map(({ id, tag, createdAtMs }) => ({ id, tag, createdAtMs })),
    digests: build.children,
    reason:
      subject === undefined
        ? {
            ...{ kind: 'beyond-newest', rank: judgement.ranks.get(build) ?? 0 },
            ageHours: own.ageHours(tags[0]),
          }
        : { kind: 'subject-leaves', subject },
  };
}
