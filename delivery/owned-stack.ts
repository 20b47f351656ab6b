import { posix } from 'node:path';
import type { HclBlock, HclFile, ParseHcl } from '../hcl/read';
import { referencesBelow } from '../hcl/references';
import type { Change, StackPlan, TakenOver } from './change';
import { uncarried } from './carried';
import { dangling, type Placed } from './dangling';
import type { JsonObject, SharedStack, WholeStack } from './deliverable';
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
import { deliveredBody, renderGenerated, withoutPath } from './generated-file';
import { callFaults } from './module-call';
import { leavesModule, oursOf, takesOver, type Ours } from './ours';
import { contradicted } from './pending';
import { removeBlocks } from './remove-blocks';
import { retired } from './retired';
import { nothingGenerated, readGenerated, readHandWritten } from './terragrunt';
import type { Tree } from './tree';
import { unresolvedReferences } from './unresolved';
import { judgeBlock } from './verdict';

/**
 * The plan of one generated file and of the HCL that goes for it. Of a shared stack the blocks go that declare what is ours.
 * Of a whole one every such file goes, because a whole file is what git shows best: one of somebody else's resources stays,
 * and one that mixes both is refused.
 */
export async function planOwnedStack(
  tree: Tree,
  stack: WholeStack | SharedStack,
  parse: ParseHcl,
): Promise<StackPlan> {
  const isWhole = stack.kind === 'whole';
  const stackFolder = `stacks/${stack.stack}`;
  const folder = isWhole ? stackFolder : posix.normalize(stack.modulePath);
  const path = `${folder}/${stackFileName}`;
  const faults = folderFaults(tree, stack.stack, folder);
  if (faults.length > 0) throw new Refused(faults);
  const generated = await readGenerated(tree, stackFolder, parse);
  const hidden = folder === stackFolder ? generated : nothingGenerated;
  const delivered = deliveredBody(stack.json, stack.drop);
  const body = isWhole ? withoutGenerated(delivered, generated.addresses) : delivered;
  const ours = oursOf(body);
  const files = await readHandWritten(tree, folder, hidden, parse);
  faults.push(
    ...(await callFaults(tree, stack.stack, folder, generated, parse)),
    ...declaredTwice(files),
    ...[...ours.addresses]
      .filter((address) => isWhole && generated.addresses.has(address))
      .map(
        (address) =>
          `${folder}: Terragrunt generates "${address}" here and the estate declares it too; drop it from the stack`,
      ),
    ...foreignJsonFaults(tree, folder, ours),
  );
  if (isWhole && generated.source !== undefined)
    faults.push(`${generated.source}, so all of it would be declared twice; move it into ${folder} first`);
  const overriding = overrideFaults(
    files,
    (address) => takesOver(ours, address) || leavesModule(ours, address),
  );
  if (overriding.length > 0) throw new Refused([...faults, ...overriding]);

  const notes: string[] = [];
  const leaving = new Map<HclFile, ReadonlySet<HclBlock>>();
  for (const file of files) {
    const goes: HclBlock[] = [];
    const mixing: string[] = [];
    for (const block of file.blocks) {
      const judged = isWhole
        ? await judgeBlock({ tree, files, ours, body, parse }, file, block)
        : judgeShared(file, block, ours);
      notes.push(...judged.notes);
      faults.push(...judged.faults);
      if (judged.verdict === 'stays') mixing.push(mixed(file, block));
      if (judged.verdict !== 'goes') continue;
      goes.push(block);
      faults.push(...uncarried(file, block, body, ours));
    }
    if (goes.length > 0) leaving.set(file, new Set(isWhole ? file.blocks : goes));
    faults.push(...(isWhole && goes.length > 0 ? mixing : contradicted(file, ours)));
  }
  const blocks = files.flatMap((file) =>
    file.blocks.map((block): Placed & { readonly goes: boolean } => ({
      ...{ path: file.path, block },
      goes: leaving.get(file)?.has(block) === true,
    })),
  );
  const split = { leaving: blocks.filter(({ goes }) => goes), kept: blocks.filter(({ goes }) => !goes) };
  const declared = [
    ...ours.addresses,
    ...hidden.addresses,
    ...split.kept.flatMap(({ block }) => block.declares.map(({ address }) => address)),
  ];
  const gone = retired(tree, path, ours, isWhole ? files.filter((file) => !leaving.has(file)) : files);
  faults.push(
    ...gone.faults,
    ...dangling(tree, folder, split, ours),
    ...(await unresolvedReferences(body, declared, parse)).map((fault) => `${path}: ${fault}`),
  );
  if (faults.length > 0) throw new Refused(faults);

  const edits: Change[] = [];
  for (const [file, taken] of leaving) {
    const after = await removeBlocks(file, taken, parse);
    edits.push({
      path: file.path,
      kind: after === undefined ? 'remove' : 'edit',
      before: file.text,
      after,
      why:
        after === undefined
          ? `everything it declares is in ${stackFileName} now`
          : `${stackFileName} declares ${taken.size} of its ${file.blocks.length} blocks now`,
    });
  }
  const why = isWhole
    ? `the whole stack "${stack.stack}"`
    : `what this project owns of the shared stack "${stack.stack}"`;
  const taken = [...leaving].flatMap(([file, all]) => takenFrom(file, all, ours));
  const written = writeGenerated(tree, path, renderGenerated(body, stack.files), why, taken);
  return {
    stack: stack.stack,
    changes: [...offerTerragrunt(tree, stack.stack), ...written, ...edits],
    notes: [...notes, ...gone.notes, ...(isWhole ? [] : idleVariables(split, body))],
  };
}

/** A `locals` block leaves as a whole or not at all. */
function judgeShared(
  { path }: HclFile,
  { type, declares }: HclBlock,
  ours: Ours,
): Awaited<ReturnType<typeof judgeBlock>> {
  if (!declares.some(({ address }) => takesOver(ours, address)))
    return { verdict: 'idle', notes: [], faults: [] };
  const faults = declares
    .filter(({ address }) => type === 'locals' && !ours.addresses.has(address))
    .map(
      ({ address, line }) =>
        `${path}:${line}: "${address}" shares a locals block with what the generated file declares; move it to a locals block of its own`,
    );
  return { verdict: 'goes', notes: [], faults };
}

/** Data, variables and locals that Terragrunt's own files declare are left to them: twice is an init error. */
function withoutGenerated(body: JsonObject, generated: ReadonlySet<string>): JsonObject {
  const blocks: Readonly<Record<string, string>> = { data: 'data', var: 'variable', local: 'locals' };
  let rest = body;
  for (const address of generated) {
    const [head = '', ...names] = address.split('.');
    const block = blocks[head];
    if (block !== undefined) rest = withoutPath(rest, [block, ...names]);
  }
  return rest;
}

function mixed(file: HclFile, block: HclBlock): string {
  const what = block.declares.map(({ address }) => `"${address}"`).join(', ') || `a "${block.type}" block`;
  return `${file.path}:${block.line}: ${what} is not in the generated stack but shares a file with what is, so it would be lost; move it to a file of its own, or into the estate`;
}

const takenFrom = ({ path }: HclFile, blocks: Iterable<HclBlock>, ours: Ours): TakenOver[] =>
  [...blocks]
    .flatMap(({ type, declares }) => (type === 'output' ? [] : declares))
    .filter(({ address }) => takesOver(ours, address) || address.startsWith('module.'))
    .map(({ address, line }) => ({ address, path, line }));

/** Module variables that only the removed blocks used: harmless, and good to know. */
function idleVariables({ leaving, kept }: Parameters<typeof dangling>[2], body: JsonObject): string[] {
  const usedBy = (blocks: readonly Placed[]): Set<string> =>
    new Set(blocks.flatMap(({ block }) => referencesBelow(block.node).map(({ address }) => address)));
  const [before, after, text] = [usedBy(leaving), usedBy(kept), JSON.stringify(body)];
  return [...leaving, ...kept]
    .filter(({ block }) => block.type === 'variable' || block.type === 'locals')
    .flatMap(({ path, block }) => block.declares.map((one) => ({ ...one, path })))
    .filter(({ address }) => before.has(address) && !after.has(address) && !text.includes(address))
    .map(({ address, path, line }) => `${path}:${line}: nothing refers to "${address}" any more`);
}
