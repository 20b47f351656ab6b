import type { HclBlock, HclFile, ParseHcl } from '../hcl/read';
import type { Change, StackPlan, TakenOver } from './change';
import { uncarried } from './carried';
import { dangling, type Placed } from './dangling';
import type { JsonObject, WholeStack } from './deliverable';
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
import { leavesModule, oursOf, takesOver, type Ours } from './ours';
import { contradicted } from './pending';
import { retired } from './retired';
import { readGenerated, readHandWritten } from './terragrunt';
import type { Tree } from './tree';
import { unresolvedReferences } from './unresolved';
import { judgeBlock, type Verdict } from './verdict';

/**
 * The plan of a stack whose every resource is ours: one generated file, and the hand-written files go. A file of
 * somebody else's resources stays; a file that mixes both is refused, because a whole file is what git shows best.
 */
export async function planWholeStack(tree: Tree, stack: WholeStack, parse: ParseHcl): Promise<StackPlan> {
  const folder = `stacks/${stack.stack}`;
  const faults = folderFaults(tree, stack.stack, folder);
  if (faults.length > 0) throw new Refused(faults);
  const notes: string[] = [];
  const generated = await readGenerated(tree, folder, parse);
  const body = withoutGenerated(deliveredBody(stack.json, stack.drop), generated.addresses);
  const ours = oursOf(body);
  const files = await readHandWritten(tree, folder, generated, parse);
  faults.push(
    ...declaredTwice(files),
    ...[...ours.addresses]
      .filter((address) => generated.addresses.has(address))
      .map(
        (address) =>
          `${folder}: Terragrunt generates "${address}" here and the estate declares it too; drop it from the stack`,
      ),
    ...foreignJsonFaults(tree, folder, ours),
  );

  const overriding = overrideFaults(
    files,
    (address) => takesOver(ours, address) || leavesModule(ours, address),
  );
  if (overriding.length > 0) throw new Refused([...faults, ...overriding]);
  const leaving: HclFile[] = [];
  const kept: HclFile[] = [];
  for (const file of files) {
    const verdicts = new Map<HclBlock, Verdict>();
    for (const block of file.blocks) {
      const judged = await judgeBlock({ tree, files, ours, body, parse }, file, block);
      verdicts.set(block, judged.verdict);
      notes.push(...judged.notes);
      faults.push(...judged.faults, ...(judged.verdict === 'goes' ? uncarried(file, block, body, ours) : []));
    }
    const goes = [...verdicts.values()].includes('goes');
    (goes ? leaving : kept).push(file);
    if (!goes) faults.push(...contradicted(file, ours));
    if (!goes) continue;
    for (const [block, verdict] of verdicts) {
      if (verdict === 'stays') faults.push(mixed(file, block));
    }
  }
  const gone = retired(tree, `${folder}/${stackFileName}`, ours, kept);
  notes.push(...gone.notes);
  faults.push(
    ...gone.faults,
    ...dangling(tree, folder, { leaving: placed(leaving), kept: placed(kept) }, ours),
    ...(
      await unresolvedReferences(
        body,
        [
          ...ours.addresses,
          ...generated.addresses,
          ...kept.flatMap(({ blocks }) =>
            blocks.flatMap(({ declares }) => declares.map(({ address }) => address)),
          ),
        ],
        parse,
      )
    ).map((fault) => `${folder}/${stackFileName}: ${fault}`),
  );
  if (faults.length > 0) throw new Refused(faults);

  const removed = leaving.map((file): Change => ({
    path: file.path,
    kind: 'remove',
    before: file.text,
    after: undefined,
    why: `everything it declares is in ${stackFileName} now`,
    takesOver: takenFrom(file, ours),
  }));
  const written = writeGenerated(tree, `${folder}/${stackFileName}`, renderGenerated(body, stack.files), {
    why: `the whole stack "${stack.stack}"`,
    takesOver: removed.flatMap(({ takesOver: taken }) => taken),
  });
  return {
    stack: stack.stack,
    changes: [...offerTerragrunt(tree, stack.stack), ...written, ...removed],
    notes,
  };
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
  return `${file.path}:${block.line.toString()}: ${what} is not in the generated stack but shares a file with what is, so it would be lost; move it to a file of its own, or into the estate`;
}

const placed = (files: readonly HclFile[]): Placed[] =>
  files.flatMap(({ path, blocks }) => blocks.map((block) => ({ path, block })));

const takenFrom = (file: HclFile, ours: Ours): TakenOver[] =>
  file.blocks
    .filter(({ type }) => type !== 'output')
    .flatMap(({ declares }) => declares)
    .filter(({ address }) => takesOver(ours, address) || address.startsWith('module.'))
    .map(({ address, line }) => ({ address, path: file.path, line }));
