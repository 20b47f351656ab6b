import type { PackageContents, UnclaimedDigest } from '../../clients/forgejo/package-contents';
import { knownRows, type KnownRows } from '../../clients/forgejo/pushed-since';
import type { Digest, Tag } from '../../clients/forgejo/tag';
import type { Package } from './package';
import { contentsOfPackage, type Unit } from './plan';
import type { KeepReason } from './reason';

export type Outcome =
  | { readonly kind: 'deleted' }
  /** Somebody else deleted it first, another run perhaps. */
  | { readonly kind: 'gone' }
  /** Somebody pushed to the package since the plan was made, so what is in it has not been judged. */
  | { readonly kind: 'pushed-since'; readonly version: string }
  /** It became needed since the plan was made. */
  | { readonly kind: 'needed-since'; readonly reason: KeepReason }
  /** Something that it may be part of, or that it may make up for, is still there. */
  | { readonly kind: 'held' }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'not-tried'; readonly why: string };

export interface Executed {
  readonly unit: Unit;
  readonly outcome: Outcome;
  /** The digest rows that went, whatever the outcome. */
  readonly digests: readonly Digest[];
}

/** What is asked of the forge, and what it answered. */
export type Action =
  | {
      readonly kind: 'check';
      readonly package: string;
      readonly known: KnownRows;
      /** What has not begun yet, and may not if it is needed by now. */
      readonly before?: Unit;
    }
  | {
      readonly kind: 'delete';
      readonly package: string;
      readonly versions: readonly (Tag | UnclaimedDigest)[];
    };

export interface Answer {
  /** Why the run ended before it was known whether the unit is needed. */
  readonly stopped?: string;
  /** Why the unit is needed by now. */
  readonly needed?: KeepReason;
  /** What was pushed to the package since it was listed. */
  readonly pushed?: string;
  /** What is not there any more, and of that what was there until now. */
  readonly gone?: readonly (Tag | Digest)[];
  readonly deleted?: number;
  /** What went wrong, and whether nothing else may be tried. */
  readonly error?: { readonly message: string; readonly stops: boolean };
}

/** What the units of one run know of each other. */
export interface Course {
  /** Digests of which a row is left that no index of its package lists. */
  readonly unclaimed: Set<Digest>;
  /** When the newest row of all was pushed. */
  readonly listedMs: number;
  /** Why no further unit may start. */
  stopped: () => string | undefined;
}

/**
 * The units of one package one after another, as a conversation with the forge. The children of an index go before its
 * tags, so that at no moment there is a row whose claim retention has taken; when one cannot go, or something was pushed to
 * the package, the tags stay. After a unit that stayed nothing of a later wave goes, since it may be part of that.
 */
export function* packageActions(
  units: readonly Unit[],
  owner: Package,
  course: Course,
): Generator<Action, readonly Executed[], Answer> {
  const executed: Executed[] = [];
  const contents = contentsOfPackage(owner);
  const known = knownRows([...owner.tags, ...owner.digests], course.listedMs);
  let incompleteFrom = Infinity;
  for (const unit of units) {
    const gone = new Set<Digest>();
    const why = course.stopped();
    const held =
      contents === undefined ||
      unit.wave > incompleteFrom ||
      (unit.tags.length > 0 && unit.digests.some((digest) => course.unclaimed.has(digest)));
    const outcome: Outcome =
      why !== undefined
        ? { kind: 'not-tried', why }
        : held
          ? { kind: 'held' }
          : yield* unitActions(unit, contents, known, gone, course);
    if (outcome.kind !== 'deleted' && outcome.kind !== 'gone')
      incompleteFrom = Math.min(incompleteFrom, unit.wave);
    if (unit.tags.length === 0)
      for (const digest of unit.digests) if (!gone.has(digest)) course.unclaimed.add(digest);
    executed.push({ unit, outcome, digests: [...gone] });
  }
  return executed;
}

function* unitActions(
  unit: Unit,
  contents: PackageContents,
  known: KnownRows,
  gone: Set<Digest>,
  { unclaimed }: Course,
): Generator<Action, Outcome, Answer> {
  let deleted = 0;
  let before: { readonly before?: Unit } = { before: unit };
  for (const versions of [digestsToGo(unit, contents, unclaimed), unit.tags.map(({ tag }) => tag)]) {
    if (versions.length === 0) continue;
    const checked = yield { kind: 'check', package: unit.package, known, ...before };
    const { needed, pushed, stopped: why, error: unchecked } = checked;
    before = {};
    if (why !== undefined) return { kind: 'not-tried', why };
    if (needed !== undefined) return { kind: 'needed-since', reason: needed };
    if (unchecked !== undefined) return { kind: 'failed', error: unchecked.message };
    if (pushed !== undefined) return { kind: 'pushed-since', version: pushed };
    const answer = yield { kind: 'delete', package: unit.package, versions };
    for (const version of answer.gone ?? []) {
      contents.remove(version);
      if (unit.digests.includes(version as Digest)) gone.add(version as Digest);
    }
    deleted += answer.deleted ?? 0;
    if (answer.error !== undefined) return { kind: 'failed', error: answer.error.message };
  }
  return { kind: deleted > 0 ? 'deleted' : 'gone' };
}

/**
 * The digest rows of a unit that can go now: that no index lists but those of the unit itself; and of rows without a tag
 * only those before which no other one stayed.
 */
function digestsToGo(
  { tags, digests }: Unit,
  contents: PackageContents,
  unclaimed: ReadonlySet<Digest>,
): readonly UnclaimedDigest[] {
  const candidates = tags.length > 0 ? digests : digests.filter((digest) => !unclaimed.has(digest));
  const leaving = tags.length > 0 ? tags.map(({ tag }) => tag) : candidates;
  const wanted = new Set<Digest>(candidates);
  return contents.unclaimedWithout(leaving).filter((digest) => wanted.has(digest));
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
