import { posix } from 'node:path';
import type { Change, StackPlan, TakenOver } from './change';
import { uncarried } from './carried';
import { dangling, type Split } from './dangling';
import type { SharedStack } from './deliverable';
import { Refused } from '../steps/refused';
import {
  declaredTwice,
  folderFaults,
  offerTerragrunt,
  overrideFaults,
  stackFileName,
  writeGenerated,
} from './folder';
import { foreignJsonFaults } from './foreign-json';
import { deliveredBody, renderGenerated } from './generated-file';
import type { HclBlock, HclFile, ParseHcl } from '../hcl/read';
import { referencesBelow } from '../hcl/references';
import { callFaults } from './module-call';
import { oursOf, takesOver, type Ours } from './ours';
import { contradicted } from './pending';
import { retired } from './retired';
import { removeBlocks } from './remove-blocks';
import { nothingGenerated, readGenerated, readHandWritten } from './terragrunt';
import type { Tree } from './tree';
import { unresolvedReferences } from './unresolved';

/** The plan of a stack that is ours in part: one generated file in the module's folder, and its blocks leave the HCL. */
export async function planSharedStack(tree: Tree, stack: SharedStack, parse: ParseHcl): Promise<StackPlan> {
  const folder = posix.normalize(stack.modulePath);
  const faults = folderFaults(tree, stack.stack, folder);
  if (faults.length > 0) throw new Refused(faults);
  const generated = await readGenerated(tree, `stacks/${stack.stack}`, parse);
  const isRoot = folder === `stacks/${stack.stack}`;
  const hidden = isRoot ? generated : nothingGenerated;
  const body = deliveredBody(stack.json, stack.drop);
  const ours = oursOf(body);
  const files = await readHandWritten(tree, folder, hidden, parse);
  faults.push(
    ...(await callFaults(tree, stack.stack, folder, generated, parse)),
    ...declaredTwice(files),
    ...foreignJsonFaults(tree, folder, ours),
  );

  const overriding = overrideFaults(files, (address) => takesOver(ours, address));
  if (overriding.length > 0) throw new Refused([...faults, ...overriding]);
  const leaving = new Map<HclFile, ReadonlySet<HclBlock>>();
  for (const file of files) {
    faults.push(...contradicted(file, ours));
    const taken = file.blocks.filter((block) =>
      block.declares.some(({ address }) => takesOver(ours, address)),
    );
    faults.push(
      ...taken.flatMap((block) => [
        ...sharedLocals(file, block, ours),
        ...uncarried(file, block, body, ours),
      ]),
    );
    if (taken.length > 0) leaving.set(file, new Set(taken));
  }
  const kept = files.flatMap((file) => file.blocks.filter((block) => leaving.get(file)?.has(block) !== true));
  const declared = [
    ...ours.addresses,
    ...hidden.addresses,
    ...kept.flatMap(({ declares }) => declares.map(({ address }) => address)),
  ];
  const gone = retired(tree, `${folder}/${stackFileName}`, ours, files);
  faults.push(
    ...gone.faults,
    ...dangling(tree, folder, splitOf(files, leaving), ours),
    ...(await unresolvedReferences(body, declared, parse)).map(
      (fault) => `${folder}/${stackFileName}: ${fault}`,
    ),
  );
  if (faults.length > 0) throw new Refused(faults);

  const edits: Change[] = [];
  for (const [file, blocks] of leaving) {
    const after = await removeBlocks(file, blocks, parse);
    edits.push({
      path: file.path,
      kind: after === undefined ? 'remove' : 'edit',
      before: file.text,
      after,
      why: `${stackFileName} declares ${blocks.size.toString()} of its ${file.blocks.length.toString()} blocks now`,
      takesOver: [...blocks].flatMap((block) => takenFrom(file, block)),
    });
  }
  const written = writeGenerated(tree, `${folder}/${stackFileName}`, renderGenerated(body, stack.files), {
    why: `what this project owns of the shared stack "${stack.stack}"`,
    takesOver: edits.flatMap(({ takesOver: taken }) => taken),
  });
  return {
    stack: stack.stack,
    changes: [...offerTerragrunt(tree, stack.stack), ...written, ...edits],
    notes: [...gone.notes, ...idleVariables(files, leaving, kept, body)],
  };
}

function splitOf(files: readonly HclFile[], leaving: ReadonlyMap<HclFile, ReadonlySet<HclBlock>>): Split {
  const all = files.flatMap((file) =>
    file.blocks.map((block) => ({ path: file.path, block, goes: leaving.get(file)?.has(block) === true })),
  );
  return { leaving: all.filter(({ goes }) => goes), kept: all.filter(({ goes }) => !goes) };
}

const takenFrom = (file: HclFile, block: HclBlock): TakenOver[] =>
  block.declares.map(({ address, line }) => ({ address, path: file.path, line }));

/** A `locals` block leaves as a whole or not at all. */
function sharedLocals(file: HclFile, block: HclBlock, ours: Ours): string[] {
  return block.declares
    .filter(({ address }) => !ours.addresses.has(address) && block.type === 'locals')
    .map(
      ({ address, line }) =>
        `${file.path}:${line.toString()}: "${address}" shares a locals block with what the generated file declares; move it to a locals block of its own`,
    );
}

/** Module variables that only the removed blocks used: harmless, and good to know. */
function idleVariables(
  files: readonly HclFile[],
  leaving: ReadonlyMap<HclFile, ReadonlySet<HclBlock>>,
  kept: readonly HclBlock[],
  body: unknown,
): string[] {
  const used = new Set(kept.flatMap((block) => referencesBelow(block.node).map(({ address }) => address)));
  const usedBefore = new Set(
    [...leaving.values()].flatMap((blocks) =>
      [...blocks].flatMap((block) => referencesBelow(block.node).map(({ address }) => address)),
    ),
  );
  const text = JSON.stringify(body);
  return files.flatMap((file) =>
    file.blocks
      .filter(({ type }) => type === 'variable' || type === 'locals')
      .flatMap(({ declares }) => declares)
      .filter(({ address }) => usedBefore.has(address) && !used.has(address) && !text.includes(address))
      .map(({ address, line }) => `${file.path}:${line.toString()}: nothing refers to "${address}" any more`),
  );
}
