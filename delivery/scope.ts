import { argumentOf, attributesOf, nameOf, nodesBelow } from '../hcl/nodes';
import type { HclBlock, HclFile, ParseHcl } from '../hcl/read';
import type { DeliveredImage } from './deliverable';
import { sourceFolder } from './module-call';
import { valuesOf, type Scope } from './put-together';
import { nothingGenerated, readHandWritten, type Generated } from './terragrunt';
import { textOf, type Tree } from './tree';

/** A folder of HCL that a stack reads: its own, or that of a module it calls, however deep. */
export interface StackFolder {
  readonly path: string;
  readonly files: readonly HclFile[];
  readonly scope: Scope;
}

interface Call {
  readonly file: HclFile;
  readonly block: HclBlock;
  readonly scope: Scope;
}

/** A stack's folder and those of the local modules that it calls, callers first, with what is known of their variables. */
export async function stackFolders(
  tree: Tree,
  stack: string,
  images: readonly DeliveredImage[],
  generated: Generated,
  parse: ParseHcl,
): Promise<StackFolder[]> {
  const root = `stacks/${stack}`;
  const inputs = await inputValues(tree, root, images, parse);
  const found = new Map<string, StackFolder>();
  const visit = async (path: string, call: Call | undefined): Promise<void> => {
    if (found.has(path) && call === undefined) return;
    const hidden = path === root ? generated : nothingGenerated;
    const files = await readHandWritten(tree, path, hidden, parse);
    const given = call === undefined ? inputs : argumentValues(call, images);
    const before = found.get(path)?.scope.variables ?? new Map<string, readonly string[]>();
    const scope = scopeOf(files, merged(before, given), images);
    const grown = [...scope.variables].some(([name, all]) => all.length > (before.get(name)?.length ?? -1));
    found.set(path, { path, files, scope });
    if (!grown && before.size > 0) return;
    for (const file of files) {
      for (const block of file.blocks.filter(({ type }) => type === 'module')) {
        const folder = sourceFolder(path, block);
        if (folder !== undefined) await visit(folder, { file, block, scope });
      }
    }
  };
  await visit(root, undefined);
  return [...found.values()];
}

function scopeOf(
  files: readonly HclFile[],
  given: ReadonlyMap<string, readonly string[]>,
  images: readonly DeliveredImage[],
): Scope {
  const locals = new Map<string, { file: HclFile; node: HclBlock['node'] }>();
  const variables = new Map(given);
  for (const file of files) {
    for (const block of file.blocks) {
      if (block.type === 'locals') {
        for (const attribute of attributesOf(block.node)) {
          const node = attribute.namedChildren.at(-1);
          if (node !== undefined) locals.set(nameOf(attribute), { file, node });
        }
      }
      const initial = block.type === 'variable' ? argumentOf(block.node, 'default') : undefined;
      if (initial === undefined) continue;
      const name = (block.declares[0]?.address ?? '').replace(/^var\./u, '');
      const values = valuesOf(file, initial, { locals: new Map(), variables: new Map() }, images);
      variables.set(name, [...new Set([...(variables.get(name) ?? []), ...values])]);
    }
  }
  return { locals, variables };
}

const argumentValues = (
  { file, block, scope }: Call,
  images: readonly DeliveredImage[],
): Map<string, string[]> =>
  new Map(
    attributesOf(block.node).map((attribute) => [
      nameOf(attribute),
      valuesOf(file, attribute.namedChildren.at(-1) ?? attribute, scope, images),
    ]),
  );

/** What Terragrunt's `inputs` and the files of variables give. Those that do not parse are told where they are delivered into. */
async function inputValues(
  tree: Tree,
  folder: string,
  images: readonly DeliveredImage[],
  parse: ParseHcl,
): Promise<Map<string, readonly string[]>> {
  let found = new Map<string, readonly string[]>();
  const paths = ['', `${folder}/`].flatMap((at) =>
    tree
      .list(at === '' ? '.' : folder)
      .filter((name) => name === 'terragrunt.hcl' || name.endsWith('.tfvars'))
      .map((name) => `${at}${name}`),
  );
  for (const path of paths) {
    const file = await readable(tree, path, parse);
    if (file === undefined) continue;
    const scope = scopeOf([file], new Map(), images);
    const attributes = attributesOf(file.root);
    const pairs = path.endsWith('.tfvars')
      ? attributes
      : attributes
          .filter((attribute) => nameOf(attribute) === 'inputs')
          .flatMap((attribute) => [...nodesBelow(attribute)].filter(({ type }) => type === 'object_elem'));
    found = merged(
      found,
      new Map(
        pairs.map((pair) => [
          nameOf(pair).replaceAll('"', ''),
          valuesOf(file, pair.namedChildren.at(-1) ?? pair, scope, images),
        ]),
      ),
    );
  }
  return found;
}

/** The file as HCL; `undefined` where it is encrypted or no text. */
export async function readable(tree: Tree, path: string, parse: ParseHcl): Promise<HclFile | undefined> {
  const text = textOf(tree, path);
  return text === undefined ? undefined : parse(path, text);
}

function merged(
  one: ReadonlyMap<string, readonly string[]>,
  other: ReadonlyMap<string, readonly string[]>,
): Map<string, readonly string[]> {
  const all = new Map(one);
  for (const [name, values] of other) all.set(name, [...new Set([...(one.get(name) ?? []), ...values])]);
  return all;
}
