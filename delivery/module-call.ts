import { posix } from 'node:path';
import { attributesOf } from '../hcl/nodes';
import type { HclBlock, ParseHcl } from '../hcl/read';
import { hasArgument } from './ours';
import { DeliveryRefused } from './fault';
import { isIgnoredName, readHandWritten, type Generated } from './terragrunt';
import type { Tree } from './tree';

/** A resource that a module call brings into the state. */
export interface ModuleResource {
  readonly address: string;
  /** It has `count` or `for_each`, so it may have no instance at all. */
  readonly conditional: boolean;
}

/** Every resource below a module call, nested calls included. */
export async function moduleResources(
  tree: Tree,
  path: string,
  call: HclBlock,
  parse: ParseHcl,
): Promise<ModuleResource[]> {
  const { address = 'module' } = call.declares[0] ?? {};
  const folder = sourceFolder(posix.dirname(path), call);
  if (folder === undefined) {
    throw new DeliveryRefused([
      `${path}:${call.line.toString()}: "${address}" has no source inside the tree, so its resources are unknown; name each of them in a moved block of a local module, or keep the call in a file of its own`,
    ]);
  }
  const names = tree.list(folder).filter((name) => name.endsWith('.tf') && !isIgnoredName(name));
  if (names.length === 0) {
    throw new DeliveryRefused([
      `${path}:${call.line.toString()}: "${address}" has its source in "${folder}", got no HCL there; restore the module`,
    ]);
  }
  const found: ModuleResource[] = [];
  const conditional = isConditional(call);
  for (const name of names) {
    const file = await parse(`${folder}/${name}`, tree.read(`${folder}/${name}`) ?? '');
    for (const block of file.blocks) {
      const inner =
        block.type === 'module'
          ? await moduleResources(tree, file.path, block, parse)
          : block.type === 'resource'
            ? [{ address: block.declares[0]?.address ?? '', conditional: isConditional(block) }]
            : [];
      for (const resource of inner) {
        found.push({
          address: `${address}.${resource.address}`,
          conditional: conditional || resource.conditional,
        });
      }
    }
  }
  return found;
}

/** The folder of a local `source`, from the tree's root; `undefined` for a registry, a repository or an expression. */
export function sourceFolder(folder: string, call: HclBlock): string | undefined {
  const source = attributesOf(call.node).find((attribute) => attribute.namedChildren[0]?.text === 'source');
  const text = /"(\.{1,2}\/[^"$]*)"/u.exec(source?.text ?? '')?.[1];
  if (text === undefined) return undefined;
  const path = posix.join(folder, text).replace(/\/$/u, '');
  return path.startsWith('..') ? undefined : path;
}

const isConditional = (block: HclBlock): boolean =>
  hasArgument(block, 'count') || hasArgument(block, 'for_each');

/** A generated file in a module's folder is read only if the stack calls that module, once per address it declares. */
export async function callFaults(
  tree: Tree,
  stack: string,
  folder: string,
  generated: Generated,
  parse: ParseHcl,
): Promise<string[]> {
  const stackFolder = `stacks/${stack}`;
  if (folder === stackFolder) return [];
  for (const file of await readHandWritten(tree, stackFolder, generated, parse)) {
    const calls = file.blocks.filter(({ type }) => type === 'module');
    if (calls.some((call) => sourceFolder(stackFolder, call) === folder)) return [];
  }
  return [
    `${stackFolder}: no module call has its source in "${folder}", so Terraform would never read the generated file; correct the folder of "${stack}" in the estate`,
  ];
}
