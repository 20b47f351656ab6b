import { posix } from 'node:path';
import { jsonAddresses } from '../hcl/addresses';
import { argumentOf } from '../hcl/nodes';
import type { HclBlock, HclFile, ParseHcl } from '../hcl/read';
import type { JsonObject } from './deliverable';
import { foreignJson } from './foreign-json';
import { mapStrings } from './map-strings';
import { isAtMostOne, isConditional, leavesModule, type Ours } from './ours';
import { endOf, isPending } from './pending';
import { blockAt } from './resources';
import { Refused } from '../steps/refused';
import { nothingGenerated, readHandWritten, type Generated } from './terragrunt';
import type { Tree } from './tree';

/** A resource that a module call brings into the state, or what a `moved` or `removed` block of the module names. */
export interface ModuleResource {
  readonly address: string;
  /** It has `count` or `for_each`, so it may have no instance at all. */
  readonly conditional: boolean;
  readonly file: HclFile;
  readonly block: HclBlock;
  /** What it says, with what the call hands in where it refers to a variable. */
  readonly attributes: JsonObject;
}

/** Every resource below a module call, nested calls included. */
export async function moduleResources(
  tree: Tree,
  caller: HclFile,
  call: HclBlock,
  parse: ParseHcl,
  outer: JsonObject = {},
): Promise<ModuleResource[]> {
  const { path } = caller;
  const { address = 'module' } = call.declares[0] ?? {};
  const folder = sourceFolder(posix.dirname(path), call);
  if (folder === undefined) {
    throw new Refused([
      `${path}:${call.line}: "${address}" has no source inside the tree, so its resources are unknown; name each of them in a moved block of a local module, or keep the call in a file of its own`,
    ]);
  }
  const files = await readHandWritten(tree, folder, nothingGenerated, parse);
  if (files.length === 0) {
    throw new Refused([
      `${path}:${call.line}: "${address}" has its source in "${folder}", got no HCL there; restore the module`,
    ]);
  }
  const faults = [
    ...foreignJson(tree, folder)
      .filter(({ json }) => ['resource', 'module', 'moved', 'removed'].some((type) => type in json))
      .map(
        (json) =>
          `${json.path}: what "${address}" has in JSON is not read, so it might be destroyed; write it in HCL`,
      ),
    ...files.flatMap((file) =>
      file.blocks
        .filter(({ type }) => type === 'provider')
        .map(
          ({ line }) =>
            `${file.path}:${line}: "${address}" configures its own provider, but the generated resources would go to the default one; move the objects to that first`,
        ),
    ),
  ];
  if (faults.length > 0) throw new Refused(faults);
  const found: ModuleResource[] = [];
  const conditional = isConditional(call);
  const given = {
    ...Object.assign({}, ...files.map(({ json }) => defaultsOf(json))),
    ...filledIn(blockAt(caller.json, address) ?? {}, outer),
  } as JsonObject;
  for (const file of files) {
    for (const block of file.blocks) {
      const own = block.declares[0]?.address ?? '';
      const inner =
        block.type === 'module'
          ? await moduleResources(tree, file, block, parse, given)
          : block.type === 'resource' || isPending(block)
            ? [
                {
                  ...{
                    file,
                    block,
                    address: own || (endOf(block, 'from') ?? ''),
                    conditional: isConditional(block),
                  },
                  attributes: filledIn(blockAt(file.json, own) ?? {}, given),
                },
              ]
            : [];
      for (const resource of inner) {
        found.push({
          ...resource,
          address: `${address}.${resource.address}`,
          conditional: conditional || resource.conditional,
        });
      }
    }
  }
  return found;
}

/** Every resource that leaves a module with the `moved` blocks, as the module and its call declare it. */
export async function resourcesMovedOut(
  tree: Tree,
  files: readonly HclFile[],
  ours: Ours,
  parse: ParseHcl,
): Promise<ModuleResource[]> {
  const found: ModuleResource[] = [];
  for (const file of files)
    for (const block of file.blocks)
      if (block.type === 'module' && leavesModule(ours, block.declares[0]?.address ?? ''))
        found.push(...(await moduleResources(tree, file, block, parse)));
  return found.filter(({ address, block }) => !isPending(block) && ours.moved.has(address));
}

const defaultsOf = (json: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.keys((json['variable'] ?? {}) as JsonObject)
      .map((name) => [name, blockAt(json, `var.${name}`)?.['default']] as const)
      .filter(([, value]) => value !== undefined),
  );

/** The attributes with `${var.name}` filled in, where that is known. */
const filledIn = (attributes: JsonObject, given: JsonObject): JsonObject =>
  mapStrings(attributes, (text) => {
    const [, whole = ''] = /^\$\{var\.(\w+)\}$/u.exec(text) ?? [];
    return (
      given[whole] ??
      text.replaceAll(/\$\{var\.(\w+)\}/gu, (expression, name: string) =>
        typeof given[name] === 'string' ? given[name] : expression,
      )
    );
  });

/** The folder of a local `source`, from the tree's root; `undefined` for a registry, a repository or an expression. */
function sourceFolder(folder: string, call: HclBlock): string | undefined {
  return localFolder(folder, argumentOf(call.node, 'source')?.text ?? '');
}

/** The same, of the text of a `source`. */
export function localFolder(folder: string, source: string): string | undefined {
  const text = /"(\.{1,2}\/[^"$]*)"/u.exec(source)?.[1];
  if (text === undefined) return undefined;
  const path = posix.join(folder, text).replace(/\/$/u, '');
  return path.startsWith('..') ? undefined : path;
}

/**
 * A generated file in a module's folder is read only if the stack calls that module.
 *
 * @param makesObjects whether it declares resources, so that the call must be one
 */
export async function callFaults(
  tree: Tree,
  stack: string,
  folder: string,
  generated: Generated,
  parse: ParseHcl,
  makesObjects = true,
): Promise<string[]> {
  const stackFolder = `stacks/${stack}`;
  if (folder === stackFolder) return [];
  const files = await readHandWritten(tree, stackFolder, generated, parse);
  const inHcl = files.flatMap(({ path, blocks }) =>
    blocks
      .filter((block) => block.type === 'module' && sourceFolder(stackFolder, block) === folder)
      .map((block) => ({ address: block.declares[0]?.address ?? '', where: `${path}:${block.line}` })),
  );
  const inJson = foreignJson(tree, stackFolder).flatMap(({ path, json }) =>
    jsonAddresses(json)
      .filter((address) => address.startsWith('module.'))
      .filter(
        (address) => localFolder(stackFolder, JSON.stringify(blockAt(json, address)?.['source'])) === folder,
      )
      .map((address) => ({ address, where: path })),
  );
  const calls = [...inHcl, ...inJson];
  if (calls.length === 0)
    return [
      `${stackFolder}: no module call has its source in "${folder}", so Terraform would never read the generated file; correct the folder of "${stack}" in the estate`,
    ];
  if (!makesObjects) return [];
  // An override file may hold the count alone.
  const repeated = new Set(
    files.flatMap(({ blocks }) =>
      blocks
        .filter((block) => isConditional(block) && !isAtMostOne(block))
        .map(({ declares }) => declares[0]?.address),
    ),
  );
  return calls
    .filter(({ address }) => calls.length > 1 || repeated.has(address))
    .map(
      ({ address, where }) =>
        `${where}: "${address}" ${calls.length > 1 ? 'is one of several calls of this module' : 'has count or for_each'}, so each object of the generated file might be made more than once under one name; call the module once`,
    );
}
