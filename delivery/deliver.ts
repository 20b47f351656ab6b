import type { Change, Todo } from './change';
import type { Deliverable } from './deliverable';
import { Refused } from '../steps/refused';
import { collectFaults } from './collect-faults';
import { imagesFileName, ownershipFault, stackFileName } from './folder';
import { filesBeside, sha256 } from './generated-file';
import { ignoredPaths } from './git';
import { hclParser, type ParseHcl } from '../hcl/read';
import { planDelivery } from './plan';
import type { Tree } from './tree';
import { openWorkTree, placeFaults, type WorkTree } from './work-tree';
import { deliveryTodo } from './todo';
import { changedMeanwhile, isTemporary, writeChanges, type FileOperations } from './write';

/** What a delivery found to do; `changes` is empty when the tree already holds everything. */
export interface Delivery {
  readonly changes: readonly Change[];
  readonly notes: readonly string[];
  /** What the next apply would destroy in order to create it anew. */
  readonly replaced: readonly string[];
  readonly todo: readonly Todo[];
  /** Carries out exactly these changes. */
  readonly write: (operations?: FileOperations) => void;
}

/** Plans the delivery of everything into the root of a clean tree. @throws `Refused` with all faults, nothing changed */
export async function prepareDelivery(into: string, deliverables: readonly Deliverable[]): Promise<Delivery> {
  const workTree = openWorkTree(into);
  const parse = await hclParser();
  const plan = await planDelivery(workTree.committed, deliverables, parse);
  const wanted = merged(plan.stacks.flatMap(({ changes }) => changes));
  const faults = [...plan.faults, ...(await dirtyFaults(workTree, wanted, parse))];
  const pending = await collectFaults(faults, () => pendingChanges(workTree, wanted));
  const changes = pending ?? [];
  const paths = changes.map(({ path }) => path);
  faults.push(...placeFaults(workTree.root, paths));
  for (const [path, rule] of ignoredPaths(workTree.root, paths)) {
    faults.push(
      `${path}: git ignores it, so CI would never see it, got the rule "${rule}"; add an exception`,
    );
  }
  if (faults.length > 0) throw new Refused([...new Set(faults)]);
  return {
    changes,
    notes: plan.stacks.flatMap(({ notes }) => notes),
    replaced: plan.stacks.flatMap(({ replaced = [] }) => replaced),
    todo: deliveryTodo(workTree.root, plan.stacks, changes),
    write: (operations) => {
      writeChanges(workTree.root, workTree.disk, changes, operations);
    },
  };
}

/** Two deliverables may change one file; it is written once, after the generated files of both. */
function merged(changes: readonly Change[]): Change[] {
  const byPath = new Map<string, Change>();
  for (const change of changes) {
    const first = byPath.get(change.path);
    byPath.delete(change.path);
    byPath.set(change.path, first === undefined ? change : { ...change, before: first.before });
  }
  return [...byPath.values()];
}

/** What is still to do on the disk: a delivery that was killed has done a part of it. */
function pendingChanges({ disk, dirty }: WorkTree, wanted: readonly Change[]): Change[] {
  const explained = new Set(dirty.map(({ path }) => path));
  const late = wanted.filter(({ path, before }) => !explained.has(path) && disk.read(path) !== before);
  if (late.length > 0) throw new Refused(late.map(({ path }) => changedMeanwhile(path)));
  const leftovers = dirty
    .filter(({ path }) => isTemporary(path))
    .map(({ path }): Change => ({
      ...{ path, kind: 'remove', before: disk.read(path), after: undefined },
      why: 'an interrupted delivery left it',
    }));
  return [
    ...leftovers,
    ...wanted
      .map((change) => ({ ...change, before: disk.read(change.path) }))
      .filter(({ before, after }) => before !== after),
  ];
}

/**
 * Every uncommitted path must be one that this very delivery explains: it holds the planned content (a run was killed, or
 * was not committed yet), or is an untouched generated file. Anything else would mix two people's work in one diff.
 */
async function dirtyFaults(
  workTree: WorkTree,
  wanted: readonly Change[],
  parse: ParseHcl,
): Promise<string[]> {
  const planned = new Map(wanted.map((change) => [change.path, change]));
  const faults: string[] = [];
  const strangers: string[] = [];
  for (const { path } of workTree.dirty) {
    await collectFaults(faults, async () => {
      const text = workTree.disk.read(path);
      const change = planned.get(path);
      if (isTemporary(path) || (change !== undefined && change.after === text)) return;
      if (text !== undefined && isBeside(workTree.disk, path, text)) return;
      if (isGenerated(path) && text !== undefined) {
        const fault = ownershipFault(path, text);
        if (fault !== undefined) faults.push(fault);
        return;
      }
      strangers.push(path);
      if (path.endsWith('.tf') && text !== undefined) await parse(path, text);
    });
  }
  if (strangers.length === 0) return faults;
  const shown = strangers
    .sort()
    .slice(0, 5)
    .map((path) => `"${path}"`);
  const more = strangers.length > 5 ? ` and ${strangers.length - 5} more` : '';
  return [
    ...faults,
    `${workTree.root}: the git tree has uncommitted changes, got ${shown.join(', ')}${more}; commit or stash them, so that the delivery is a diff of its own`,
  ];
}

/** A file that an uncommitted delivery left beside a generated one, untouched since. */
function isBeside(disk: Tree, path: string, text: string): boolean {
  const parts = path.split('/');
  return parts.some((_, index) => {
    const list = filesBeside(disk.read([...parts.slice(0, index), stackFileName].join('/')));
    return list.get(parts.slice(index).join('/')) === sha256(text);
  });
}

const isGenerated = (path: string): boolean =>
  path.endsWith(`/${stackFileName}`) || path.endsWith(`/${imagesFileName}`);
