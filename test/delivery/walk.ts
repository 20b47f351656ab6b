import { expect } from '@jest/globals';
import type { Change } from '../../delivery/change';
import type { Deliverable } from '../../delivery/deliverable';
import { everythingOf } from '../../delivery/of-estate';
import { prepareDelivery } from '../../delivery/deliver';
import { phases, type Phase } from '../../estate/phases';
import { estateAt, withTestEvidence } from '../support/estates';
import { synthesized } from '../support/synthesized';
import { commit, makeTree, snapshot } from './fixture';

/** One state of the estate on its way, and everything that it delivers. */
export interface State {
  readonly name: string;
  readonly deliverables: () => readonly Deliverable[];
}

/** @param apps how many are cut over, for each step of the cutover; the last step is all of them */
export function statesOf(apps: readonly number[]): State[] {
  return phases.flatMap((phase) =>
    phase === 'cutover'
      ? [...apps, Infinity].map((count) => stateOf(phase, count))
      : [stateOf(phase, phase === 'decommission' ? Infinity : 0)],
  );
}

function stateOf(phase: Phase, cutOver: number): State {
  const estate = estateAt(phase);
  const subject = withTestEvidence({
    ...estate,
    apps: estate.apps.map((app, index) => ({ ...app, cutOver: index < cutOver })),
  });
  let known: readonly Deliverable[] | undefined;
  return {
    name: `${phase}, ${Math.min(cutOver, estate.apps.length)} apps cut over`,
    deliverables: () => (known ??= everythingOf(subject, [...synthesized(subject).values()])),
  };
}

/** Delivers and commits. */
export async function deliver(
  root: string,
  deliverables: readonly Deliverable[],
): Promise<readonly Change[]> {
  const { changes, write } = await prepareDelivery(root, deliverables);
  write();
  if (changes.length > 0) commit(root, 'deliver');
  return changes;
}

/**
 * Walks a tree through the states and back, delivering twice at each, and holds it to: the second delivery has nothing to do,
 * no file changes that people write, and on the way back every byte is what it was on the way there.
 *
 * @returns what the adoption changed
 */
export async function walk(states: readonly State[]): Promise<readonly Change[]> {
  const root = makeTree();
  const adopted = await deliver(root, states[0]?.deliverables() ?? []);
  const trees = [snapshot(root)];
  const there = states.map((state, at) => ({ ...state, at }));
  for (const { name, deliverables, at } of [...there.slice(1), ...there.slice(0, -1).reverse()]) {
    const changes = await deliver(root, deliverables());
    expect([name, changes.map(({ path }) => path).filter((path) => !isOwn(path))]).toEqual([name, []]);
    expect([name, await deliver(root, deliverables())]).toEqual([name, []]);
    trees[at] ??= snapshot(root);
    expect(snapshot(root)).toEqual(trees[at]);
  }
  return adopted;
}

/** What a delivery wrote and no person edits. */
const isOwn = (path: string): boolean =>
  /\.tf\.json$|\/files\/|^modules\/docker-registry\/|^stacks\/infra\/dns\/|^scripts\/registry-stacks\/|^\.woodpecker\/|^docs\/|^\.claude\//u.test(
    path,
  );
