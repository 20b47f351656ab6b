import type { PackageContents, UnclaimedDigest } from '../../clients/forgejo/package-contents';
import { knownRows, type KnownRows } from '../../clients/forgejo/pushed-since';
import type { Digest, Tag } from '../../clients/forgejo/tag';
import type { Package } from './package';
import { contentsOfPackage, type Unit } from './plan';

export type Outcome =
  | { readonly kind: 'deleted' }
  /** Somebody else deleted it first, another run perhaps. */
  | { readonly kind: 'gone' }
  /** Somebody pushed to the package since the plan was made, so what is in it has not been judged. */
  | { readonly kind: 'pushed-since'; readonly version: string }
  /** Something that it may be part of, or that it may make up for, is still there. */
  | { readonly kind: 'held' }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'not-tried'; readonly why: string };

export interface Executed {
  readonly unit: Unit;
  readonly outcome: Outcome;
  /** How many digest rows went, whatever the outcome. */
  readonly digests: number;
}

/** What is asked of the forge, and what it answered. */
export type Action =
  | { readonly kind: 'check'; readonly package: string; readonly known: KnownRows }
  | {
      readonly kind: 'delete';
      readonly package: string;
      readonly versions: readonly (Tag | UnclaimedDigest)[];
    };

export interface Answer {
  /** What was pushed to the package since it was listed. */
  readonly pushed?: string;
  /** What is not there any more, and of that what was there until now. */
  readonly gone?: readonly (Tag | Digest)[];
  readonly deleted?: readonly (Tag | Digest)[];
  readonly error?: { readonly message: string; readonly refused: boolean };
}

/** What the units of one run know of each other. */
export interface Course {
  /** Digests of which a row is left that no index of its package lists. */
  readonly unclaimed: Set<Digest>;
  /** Why no further unit may start. */
  stopped: () => string | undefined;
}

/**
 * The units of one package in batches, as a conversation with the forge. The children of indexes go before their
 * tags, so that at no moment there is a row whose claim retention has taken; when one cannot go, or something was pushed to
 * the package, the tags stay. After a unit that stayed nothing of a later wave goes, since it may be part of that.
 *
 * @param size the most digests, and the most tags, that are deleted at once; a larger unit goes alone
 */
export function* packageActions(
  units: readonly Unit[],
  owner: Package,
  course: Course,
  size: number,
): Generator<Action, readonly Executed[], Answer> {
  const executed: Executed[] = [];
  const contents = contentsOfPackage(owner);
  const known = knownRows([...owner.tags, ...owner.digests]);
  let incompleteFrom = Infinity;
  for (const batch of batchesOf(units, size)) {
    const gone = new Set<Tag | Digest>();
    const why = course.stopped();
    const isHeld = ({ wave, tags, digests }: Unit): boolean =>
      wave > incompleteFrom || (tags.length > 0 && digests.some((digest) => course.unclaimed.has(digest)));
    const outcomes =
      why === undefined && contents !== undefined
        ? yield* batchActions(
            batch.filter((unit) => !isHeld(unit)),
            { contents, known, gone, course },
          )
        : new Map<Unit, Outcome>();
    const counted = new Set<Digest>();
    const ended: Executed[] = [];
    // What several list goes with the last of them.
    for (const unit of [...batch].reverse()) {
      const outcome =
        outcomes.get(unit) ??
        (why === undefined ? ({ kind: 'held' } as const) : ({ kind: 'not-tried', why } as const));
      if (outcome.kind !== 'deleted' && outcome.kind !== 'gone')
        incompleteFrom = Math.min(incompleteFrom, unit.wave);
      const left = unit.digests.filter((digest) => !gone.has(digest));
      if (unit.tags.length === 0) for (const digest of left) course.unclaimed.add(digest);
      const own = unit.digests.filter((digest) => gone.has(digest) && !counted.has(digest));
      for (const digest of own) counted.add(digest);
      ended.unshift({ unit, outcome, digests: own.length });
    }
    executed.push(...ended);
  }
  return executed;
}

/** Units of one wave that fit one round of requests, in their order; rows without a tag by themselves. */
function batchesOf(units: readonly Unit[], size: number): readonly (readonly Unit[])[] {
  const batches: Unit[][] = [];
  for (const unit of units) {
    const batch = batches.at(-1);
    const together = [...(batch ?? []), unit];
    const fits = (count: (each: Unit) => number): boolean =>
      together.reduce((sum, each) => sum + count(each), 0) <= size;
    if (
      batch?.every(({ wave, tags }) => wave === unit.wave && tags.length > 0) === true &&
      fits(({ tags }) => tags.length) &&
      fits(({ digests }) => digests.length)
    )
      batch.push(unit);
    else batches.push([unit]);
  }
  return batches;
}

interface Deleting {
  readonly contents: PackageContents;
  readonly known: KnownRows;
  /** What is not there any more. */
  readonly gone: Set<Tag | Digest>;
  readonly course: Course;
}

function* batchActions(
  batch: readonly Unit[],
  { contents, known, gone, course }: Deleting,
): Generator<Action, ReadonlyMap<Unit, Outcome>, Answer> {
  const outcomes = new Map<Unit, Outcome>();
  const ours = new Set<Tag | Digest>();
  const open = (): readonly Unit[] => batch.filter((unit) => !outcomes.has(unit));
  const end = (units: readonly Unit[], outcome: Outcome): void => {
    for (const unit of units) outcomes.set(unit, outcome);
  };
  for (const wanted of [
    () => digestsToGo(open(), contents, course.unclaimed),
    () => open().flatMap(({ tags }) => tags.map(({ tag }) => tag)),
  ]) {
    const versions = wanted();
    const name = batch[0]?.package;
    if (name === undefined || versions.length === 0) continue;
    const { pushed, error: unchecked } = yield { kind: 'check', package: name, known };
    if (unchecked !== undefined) end(open(), { kind: 'failed', error: unchecked.message });
    else if (pushed !== undefined) end(open(), { kind: 'pushed-since', version: pushed });
    if (open().length === 0) break;
    const answer = yield { kind: 'delete', package: name, versions };
    for (const version of answer.gone ?? []) {
      contents.remove(version);
      gone.add(version);
    }
    for (const version of answer.deleted ?? []) ours.add(version);
    if (answer.error === undefined) continue;
    const { message, refused } = answer.error;
    const stayed = new Set(versions.filter((version) => !gone.has(version)));
    end(
      open().filter((unit) => namesOf(unit).some((each) => stayed.has(each as UnclaimedDigest))),
      { kind: 'failed', error: message },
    );
    if (refused) end(open(), { kind: 'not-tried', why: message });
  }
  for (const unit of open()) {
    const isAnyIn = (set: ReadonlySet<Tag | Digest>): boolean => namesOf(unit).some((each) => set.has(each));
    outcomes.set(unit, { kind: isAnyIn(ours) ? 'deleted' : isAnyIn(gone) ? 'gone' : 'held' });
  }
  return outcomes;
}

function namesOf({ tags, digests }: Unit): readonly (Tag | Digest)[] {
  return [...digests, ...tags.map(({ tag }) => tag)];
}

/**
 * The digest rows of units that can go now: that no index lists but those of the units themselves; and of rows without a tag
 * only those before which no other one stayed.
 */
function digestsToGo(
  units: readonly Unit[],
  contents: PackageContents,
  unclaimed: ReadonlySet<Digest>,
): readonly UnclaimedDigest[] {
  const tags = units.flatMap((unit) => unit.tags.map(({ tag }) => tag));
  const digests = units.flatMap((unit) => unit.digests);
  const candidates = tags.length > 0 ? digests : digests.filter((digest) => !unclaimed.has(digest));
  const wanted = new Set<Digest>(candidates);
  return contents
    .unclaimedWithout(tags.length > 0 ? tags : candidates)
    .filter((digest) => wanted.has(digest));
}

/** The parts of a plan, each of which begins when the one before has ended: rows without a tag, then the builds. */
export function partsOfPlan(units: readonly Unit[]): readonly (readonly Unit[])[] {
  const rows = units.filter(({ tags }) => tags.length === 0);
  const waves = [...new Set(rows.map(({ wave }) => wave))].sort((a, b) => a - b);
  return [
    ...waves.map((wave) => rows.filter((unit) => unit.wave === wave)),
    units.filter(({ tags }) => tags.length > 0),
  ];
}
