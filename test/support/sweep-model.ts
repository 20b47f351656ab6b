import type { Digest, Tag } from '../../clients/forgejo/tag';
import { newRow } from '../../clients/forgejo/pushed-since';
import type { Package } from '../../programs/retention/package';
import type { Unit } from '../../programs/retention/plan';
import { packageActions, partsOfPlan, type Action, type Answer } from '../../programs/retention/unit-actions';
import { sweptIds } from './forgejo-sweep';

/** A container version of any owner: a tag of an index, or a child by its digest. */
export interface ModelRow {
  readonly id: number;
  /** With its owner: `alpha/app`. */
  readonly package: string;
  readonly name: string;
  /** Of a tag, the index that it is. */
  readonly index?: string;
  readonly young: boolean;
}

/** The rows of a forge, in the order of their ids. */
export type World = readonly ModelRow[];

/** What somebody else does to the forge. */
export type Step =
  /** First half of a push: the children, anew even if they are there, or only those that are not (as clients do). */
  | { readonly kind: 'children'; readonly package: string; readonly index: string; readonly anew: boolean }
  /** Second half: the index under a tag, new, moved or the same again; refused when a child is missing. */
  | { readonly kind: 'index'; readonly package: string; readonly tag: string; readonly index: string }
  | { readonly kind: 'delete'; readonly package: string; readonly tag: string }
  | { readonly kind: 'sweep' };

/** Which children each index has. */
export const INDEXES: Readonly<Record<string, readonly string[]>> = { x: ['1'], y: ['1', '2'], z: ['2'] };
/** Whose packages retention prunes. */
const OWNER = 'alpha';

export function applyStep(world: World, step: Step, young: boolean): World {
  // No database gives the id of a row that went to another one; what races comes after all that was.
  const next = Math.max(world.at(-1)?.id ?? 0, young ? 1_000 : 0) + 1;
  switch (step.kind) {
    case 'children': {
      const names = (INDEXES[step.index] ?? []).filter(
        (name) => step.anew || !has(world, step.package, name),
      );
      return [
        ...world.filter((row) => row.package !== step.package || !names.includes(row.name)),
        ...names.map((name, place) => ({ id: next + place, package: step.package, name, young })),
      ];
    }
    case 'index': {
      const { kind, tag, ...of } = step;
      if (!(INDEXES[step.index] ?? []).every((child) => has(world, step.package, child))) return world;
      return [...remove(world, step.package, tag), { id: next, name: tag, ...of, young }];
    }
    case 'delete':
      return remove(world, step.package, step.tag);
    case 'sweep': {
      const swept = sweptIds(
        world.map(({ id, name, index }) => ({
          id,
          ...(index === undefined ? { digest: name } : {}),
          children: childrenOf(index),
        })),
      );
      return world.filter(({ id }) => !swept.has(id));
    }
  }
}

function remove(world: World, owner: string, name: string): World {
  return world.filter((row) => row.package !== owner || row.name !== name);
}

/** Two worlds of the same order of rows have the same future. */
export function keyOf(world: World): string {
  return world
    .map(
      (row) => `${row.package[0]}${row.package.at(-1)}${row.name}${row.index ?? ''}${row.young ? '!' : ''}`,
    )
    .join();
}

/** Kept tags that lack a child after a sweep which they have when the same happened without retention. */
export function lossesIn(world: World, without: World, leaving: ReadonlySet<number>): readonly string[] {
  const end = applyStep(world, { kind: 'sweep' }, true);
  const otherwise = applyStep(without, { kind: 'sweep' }, true);
  return end.flatMap((row) =>
    leaving.has(row.id) || !otherwise.some((each) => sameTag(each, row))
      ? []
      : childrenOf(row.index)
          .filter((child) => has(otherwise, row.package, child) && !has(end, row.package, child))
          .map((child) => `${row.package}:${row.name} lost ${child}`),
  );
}

function sameTag(a: ModelRow, b: ModelRow): boolean {
  return a.index !== undefined && a.package === b.package && a.name === b.name && a.index === b.index;
}

function childrenOf(index: string | undefined): readonly string[] {
  return index === undefined ? [] : (INDEXES[index] ?? []);
}

function has(world: World, owner: string, name: string): boolean {
  return world.some((row) => row.package === owner && row.name === name);
}

const digest = (name: string): Digest => `sha256:${name}` as Digest;
const NOW_MS = 1_000 * 3_600_000;
export const MODEL_NOW_MS = NOW_MS;

/** What retention lists and reads of its owner. */
export function packagesOf(world: World, owner = OWNER): readonly Package[] {
  const names = [
    ...new Set(world.filter((row) => row.package.startsWith(`${owner}/`)).map((row) => row.package)),
  ];
  return names.map((name) => {
    const rows = world
      .filter((row) => row.package === name)
      .map((row) => ({
        ...row,
        createdAtMs: row.young ? NOW_MS : NOW_MS - 200 * 3_600_000 + row.id * 60_000,
      }));
    const listed = new Set(rows.flatMap(({ index }) => childrenOf(index)));
    return {
      name,
      tags: rows.flatMap(({ id, name: tag, index, createdAtMs }) =>
        index === undefined
          ? []
          : [
              {
                ...{ id, tag: tag as Tag, createdAtMs },
                manifest: { digest: digest(index), children: childrenOf(index).map(digest) },
              },
            ],
      ),
      digests: rows.flatMap(({ id, name: child, index, createdAtMs }) =>
        index !== undefined
          ? []
          : [
              {
                ...{ id, digest: digest(child), createdAtMs },
                ...(listed.has(child) ? {} : { manifest: { digest: digest(child), children: [] } }),
              },
            ],
      ),
    };
  });
}

/** A retention run under way: every package beside the other, rows without a tag first. */
export interface Run {
  readonly packages: readonly Package[];
  readonly units: readonly Unit[];
  /** Which package's turn it was, and what it was answered. */
  readonly history: readonly (readonly [string, Answer])[];
  /** Of a deletion that is under way, what is still to go. */
  readonly pending?: { readonly package: string; readonly versions: readonly string[]; readonly of: Action };
}

const turns = new WeakMap<readonly Unit[], Map<string, ReadonlyMap<string, Action>>>();

/** What a run may ask next, by package; none when it is done. */
function turnsOf(run: Run): ReadonlyMap<string, Action> {
  const known = turns.get(run.units) ?? new Map<string, ReadonlyMap<string, Action>>();
  turns.set(run.units, known);
  const key = JSON.stringify(run.history);
  const found = known.get(key) ?? replay(run);
  known.set(key, found);
  return found;
}

function replay({ packages, units, history }: Run): ReadonlyMap<string, Action> {
  const course = { unclaimed: new Set<Digest>(), listedMs: 0, stopped: () => undefined };
  let from = 0;
  for (const part of partsOfPlan(units)) {
    const open = new Map<string, Action>();
    const talks = new Map(
      packages.map((owner) => {
        const talk = packageActions(
          part.filter((unit) => unit.package === owner.name),
          owner,
          course,
        );
        const first = talk.next();
        if (first.done !== true) open.set(owner.name, first.value);
        return [owner.name, talk];
      }),
    );
    while (open.size > 0 && from < history.length) {
      const [name, answer] = history[from++] ?? ['', {}];
      const turn = talks.get(name)?.next(answer);
      if (turn === undefined || turn.done === true) open.delete(name);
      else open.set(name, turn.value);
    }
    if (open.size > 0) return open;
  }
  return new Map();
}

/** Every way in which a run may go on by one request; while one of its deletions is under way, only that. */
export function* runOn(world: World, run: Run): Generator<readonly [World, Run]> {
  const { pending } = run;
  if (pending !== undefined) {
    const [version = '', ...rest] = pending.versions;
    const { pending: _, ...base } = run;
    const answer = { gone: pending.of.kind === 'delete' ? pending.of.versions : [], deleted: 1 };
    yield [
      remove(world, pending.package, nameOf(version)),
      rest.length > 0
        ? { ...base, pending: { ...pending, versions: rest } }
        : { ...base, history: [...run.history, [pending.package, answer]] },
    ];
    return;
  }
  for (const [name, action] of turnsOf(run)) {
    if (action.kind === 'delete') {
      yield* runOn(world, { ...run, pending: { package: name, versions: action.versions, of: action } });
      continue;
    }
    const rows = world.map((row) => ({ ...row, createdAtMs: 0 }));
    const pushed = newRow(rows, name, action.known);
    yield [
      world,
      { ...run, history: [...run.history, [name, pushed === undefined ? {} : { pushed: pushed.name }]] },
    ];
  }
}

/** The packages between whose check and deletion nothing may come: that is one step of the model. */
export function fusedIn(run: Run): ReadonlySet<string> {
  if (run.pending !== undefined) return new Set([run.pending.package]);
  return new Set([...turnsOf(run)].flatMap(([name, { kind }]) => (kind === 'delete' ? [name] : [])));
}

function nameOf(version: string): string {
  return version.replace(/^sha256:/, '');
}

/** Children of which a package of another owner, of those that can be read, has a row that no index of it lists. */
export function unclaimedElsewhere(
  world: World,
  isReadable: (owner: string) => boolean = () => true,
): ReadonlyMap<Digest, string> {
  const claims = (row: ModelRow): boolean =>
    world.some((each) => each.package === row.package && childrenOf(each.index).includes(row.name));
  return new Map(
    world
      .filter((row) => row.index === undefined && !row.package.startsWith(`${OWNER}/`) && !claims(row))
      .filter((row) => isReadable(row.package.split('/')[0] ?? ''))
      .map((row) => [digest(row.name), row.package]),
  );
}
