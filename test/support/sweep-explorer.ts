import type { Package } from '../../programs/retention/package';
import type { Unit } from '../../programs/retention/plan';
import {
  applyStep,
  fusedIn,
  INDEXES,
  keyOf,
  lossesIn,
  packagesOf,
  runOn,
  type Run,
  type Step,
  type World,
} from './sweep-model';

export interface Bound {
  readonly packages: readonly string[];
  readonly tags: readonly string[];
  readonly indexes: readonly string[];
  /** Pushes, deletions and sweeps before retention runs. */
  readonly before: number;
  /** Pushes and deletions while it runs; a sweep may come at any moment. */
  readonly during: number;
}

export type Planner = (packages: readonly Package[], world: World) => readonly Unit[];

export interface Explored {
  readonly worlds: number;
  readonly states: number;
  /** The first way to lose something, as a person reads it. */
  readonly loss: string | undefined;
  /** How many runs had something to delete. */
  readonly working: number;
}

/** Whole pushes and deletions, as steps. */
export function operationsOf({ packages, tags, indexes }: Bound): readonly (readonly Step[])[] {
  return packages.flatMap((name) => [
    ...tags.flatMap((tag) =>
      indexes.flatMap((index) =>
        [true, false].map((anew) => [
          { kind: 'children', package: name, index, anew } as const,
          { kind: 'index', package: name, tag, index } as const,
        ]),
      ),
    ),
    ...tags.map((tag) => [{ kind: 'delete', package: name, tag } as const]),
  ]);
}

/** Pushes that ended before their index: rows without a claim. */
function abandoned({ packages, indexes }: Bound): readonly (readonly Step[])[] {
  return packages.flatMap((name) =>
    indexes.map((index) => [{ kind: 'children', package: name, index, anew: true } as const]),
  );
}

/** Every world that a number of operations can make, each once. */
function worldsOf(bound: Bound): readonly World[] {
  const operations = [...operationsOf(bound), ...abandoned(bound), [{ kind: 'sweep' } as const]];
  const found = new Map<string, World>([['', []]]);
  let latest: readonly World[] = [[]];
  for (let count = 0; count < bound.before; count++) {
    const next: World[] = [];
    for (const world of latest)
      for (const steps of operations) {
        const made = steps.reduce((each, step) => applyStep(each, step, false), world);
        const key = keyOf(made);
        if (found.has(key)) continue;
        found.set(key, made);
        next.push(made);
      }
    latest = next;
  }
  return [...found.values()];
}

interface State {
  readonly world: World;
  /** The same without retention. */
  readonly without: World;
  readonly run: Run;
  /** The second halves of pushes under way. */
  readonly open: readonly Extract<Step, { kind: 'index' }>[];
  readonly left: number;
  readonly told: readonly string[];
}

/** Explores every interleaving of a retention run with what others do, from every world, and stops at the first loss. */
export function explore(bound: Bound, planner: Planner): Explored {
  const worlds = worldsOf(bound);
  const operations = operationsOf(bound);
  let states = 0;
  let working = 0;
  for (const world of worlds) {
    const packages = packagesOf(world);
    const units = planner(packages, world);
    if (units.length === 0) continue;
    working += 1;
    const leaving = new Set(units.flatMap(({ tags }) => tags.map(({ id }) => id)));
    const seen = new Set<string>();
    const stack: State[] = [
      {
        world,
        without: world,
        run: { packages, units, history: [] },
        open: [],
        left: bound.during,
        told: [],
      },
    ];
    for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
      const key = JSON.stringify([
        keyOf(state.world),
        keyOf(state.without),
        state.run.history,
        state.run.pending?.versions,
        state.open,
        state.left,
      ]);
      if (seen.has(key)) continue;
      seen.add(key);
      states += 1;
      const [loss] = lossesIn(state.world, state.without, leaving);
      if (loss !== undefined)
        return {
          worlds: worlds.length,
          states,
          working,
          loss: `${keyOf(world)}; ${state.told.join('; ')}: ${loss}`,
        };
      stack.push(...successors(state, operations));
    }
  }
  return { worlds: worlds.length, states, working, loss: undefined };
}

function* successors(state: State, operations: readonly (readonly Step[])[]): Generator<State> {
  for (const [world, run] of runOn(state.world, state.run))
    yield { ...state, world, run, told: [...state.told, 'retention'] };
  yield others(state, { kind: 'sweep' }, {});
  const fused = state.open.length + state.left === 0 ? new Set<string>() : fusedIn(state.run);
  for (const [place, step] of state.open.entries())
    if (!fused.has(step.package))
      yield others(state, step, { open: state.open.filter((_, each) => each !== place) });
  if (state.left === 0) return;
  for (const [first, second] of operations)
    if (first !== undefined && first.kind !== 'sweep' && !fused.has(first.package))
      yield others(state, first, {
        left: state.left - 1,
        open: [...state.open, ...(second?.kind === 'index' ? [second] : [])],
      });
}

function others(state: State, step: Step, change: Partial<State>): State {
  return {
    ...state,
    ...change,
    world: applyStep(state.world, step, true),
    without: applyStep(state.without, step, true),
    told: [...state.told, describeStep(step)],
  };
}

export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'children':
      return `${step.package} gets ${(INDEXES[step.index] ?? []).join('+')}${step.anew ? ' anew' : ''}`;
    case 'index':
      return `${step.package}:${step.tag} = ${step.index}`;
    case 'delete':
      return `${step.package}:${step.tag} deleted by hand`;
    case 'sweep':
      return 'sweep';
  }
}
