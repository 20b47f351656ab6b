import type { Node } from 'web-tree-sitter';
import { argumentOf, attributesOf, nameOf, nodesBelow } from '../hcl/nodes';
import { elementsOf } from '../hcl/objects';
import type { HclFile, ParseHcl } from '../hcl/read';
import type { DeliveredImage } from './deliverable';
import { isForeignJson } from './foreign-json';
import { localFolder } from './module-call';
import { nothingGenerated, readHandWritten, type Generated } from './terragrunt';
import { textOf, type Tree } from './tree';
import type { Source } from './template';
import { evaluator, type Given, type Scope } from './values';

/** A folder of HCL that a stack reads: its own, or that of a module it calls, however deep. */
export interface StackFolder {
  readonly path: string;
  readonly files: readonly HclFile[];
  /** Terraform's JSON, each as one local of HCL that holds it. */
  readonly jsonFiles: readonly HclFile[];
  readonly scope: Scope;
}

interface Declared {
  readonly locals: readonly [string, Node][];
  /** Of variables, where they have one. */
  readonly defaults: readonly [string, Node][];
  /** The arguments of each call. */
  readonly calls: readonly (readonly [string, Node][])[];
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
  const found = new Map<string, StackFolder>();
  const visit = async (path: string, given: ReadonlyMap<string, Given>): Promise<void> => {
    const before = found.get(path)?.scope.variables;
    const files = await readHandWritten(tree, path, path === root ? generated : nothingGenerated, parse);
    const jsonFiles = await readAll(tree, path, isForeignJson, parse);
    const scope = scopeOf({ folder: path, root }, [...files, ...jsonFiles], merged(before, given), images);
    found.set(path, { path, files, jsonFiles, scope });
    const size = (all: ReadonlyMap<string, Given>): number =>
      [...all.values()].reduce((sum, { values, keys }) => sum + 1 + values.length + keys.length, 0);
    if (before !== undefined && size(scope.variables) === size(before)) return;
    const { given: evaluate } = evaluatorOf(scope, images);
    for (const file of [...files, ...jsonFiles])
      for (const call of declaredIn(file).calls) {
        const folder = localFolder(path, call.find(([name]) => name === 'source')?.[1].text ?? '');
        if (folder !== undefined)
          await visit(folder, new Map(call.map(([name, node]) => [name, evaluate({ file, node })])));
      }
  };
  await visit(root, await inputValues(tree, root, images, parse));
  return [...found.values()];
}

/** A scope of one file that stands for itself, as Terragrunt's. */
export const scopeOf = (
  place: Pick<Scope, 'folder' | 'root'>,
  files: readonly HclFile[],
  given: ReadonlyMap<string, Given>,
  images: readonly DeliveredImage[],
): Scope => {
  const locals = new Map<string, Source>();
  let variables = given;
  const { given: evaluate } = evaluatorOf({ ...place, locals: new Map(), variables: new Map() }, images);
  for (const file of files) {
    const declared = declaredIn(file);
    for (const [name, node] of declared.locals) locals.set(name, { file, node });
    variables = merged(
      variables,
      new Map(declared.defaults.map(([name, node]) => [name, evaluate({ file, node })])),
    );
  }
  return { ...place, locals, variables };
};

const evaluatorOf = (
  scope: Scope,
  images: readonly DeliveredImage[],
): { given: (source: Source) => Given } => {
  const { values, keys } = evaluator(scope, images);
  return { given: (source) => ({ values: values(source), keys: keys(source) }) };
};

function declaredIn(file: HclFile): Declared {
  const body = file.path.endsWith('.json') ? jsonBody(file) : undefined;
  if (body !== undefined) {
    const below = (name: string): [string, Node][] =>
      elementsOf(body).flatMap(([key, node]) => (key === name ? elementsOf(node) : []));
    return {
      locals: below('locals'),
      defaults: below('variable').flatMap(([name, node]) =>
        elementsOf(node).flatMap(([key, value]): [string, Node][] =>
          key === 'default' ? [[name, value]] : [],
        ),
      ),
      calls: below('module').map(([, node]) => elementsOf(node)),
    };
  }
  const attributes = (block: Node): [string, Node][] =>
    attributesOf(block).map((one) => [nameOf(one), one.namedChildren.at(-1) ?? one]);
  const of = (type: string): Node[] =>
    file.blocks.filter((block) => block.type === type).map(({ node }) => node);
  return {
    locals: of('locals').flatMap(attributes),
    defaults: of('variable').flatMap((node): [string, Node][] => {
      const initial = argumentOf(node, 'default');
      return initial === undefined
        ? []
        : [[(node.namedChildren[1]?.text ?? '').replaceAll('"', ''), initial]];
    }),
    calls: of('module').map(attributes),
  };
}

/** What Terragrunt's `inputs` and the files of variables give. Those that do not parse are told where they are delivered into. */
async function inputValues(
  tree: Tree,
  root: string,
  images: readonly DeliveredImage[],
  parse: ParseHcl,
): Promise<ReadonlyMap<string, Given>> {
  let found: ReadonlyMap<string, Given> = new Map();
  for (const folder of ['.', root]) {
    const isInput = (name: string): boolean =>
      name === 'terragrunt.hcl' || /\.tfvars(?:\.json)?$/u.test(name);
    for (const file of await readAll(tree, folder, isInput, parse)) {
      const scope = scopeOf({ folder, root }, [file], new Map(), images);
      const { given } = evaluatorOf(scope, images);
      const body = file.path.endsWith('.json') ? jsonBody(file) : undefined;
      const inputs = attributesOf(file.root).map((one): [string, Node] => [
        nameOf(one),
        one.namedChildren.at(-1) ?? one,
      ]);
      const pairs =
        body !== undefined
          ? elementsOf(body)
          : file.path.endsWith('.hcl')
            ? inputs
                .filter(([name]) => name === 'inputs')
                .flatMap(([, node]) => [node, ...nodesBelow(node)])
                .flatMap((node) => (node.type === 'object' ? elementsOf(node) : []))
            : inputs;
      found = merged(found, new Map(pairs.map(([name, node]) => [name, given({ file, node })])));
    }
  }
  return found;
}

async function readAll(
  tree: Tree,
  folder: string,
  isWanted: (name: string) => boolean,
  parse: ParseHcl,
): Promise<HclFile[]> {
  const files: HclFile[] = [];
  for (const name of tree.list(folder).filter(isWanted)) {
    const file = await readable(tree, folder === '.' ? name : `${folder}/${name}`, parse);
    if (file !== undefined) files.push(file);
  }
  return files;
}

/** The file as HCL; `undefined` where it is encrypted or no text. JSON is one local, on the same lines: its strings are templates too. */
export async function readable(tree: Tree, path: string, parse: ParseHcl): Promise<HclFile | undefined> {
  const text = textOf(tree, path);
  if (text === undefined || !path.endsWith('.json'))
    return text === undefined ? undefined : parse(path, text);
  return parse(
    path,
    `locals { json = ${text
      .replaceAll('\\/', '/')
      .replaceAll(/\\[bf]/gu, ' ')
      .trimEnd()} }`,
  ).catch(() => undefined);
}

const jsonBody = (file: HclFile): Node | undefined =>
  file.blocks[0] && argumentOf(file.blocks[0].node, 'json');

function merged(
  one: ReadonlyMap<string, Given> | undefined,
  other: ReadonlyMap<string, Given>,
): ReadonlyMap<string, Given> {
  const all = new Map(one);
  for (const [name, { values, keys }] of other) {
    const before = all.get(name);
    all.set(name, {
      values: [...new Set([...(before?.values ?? []), ...values])],
      keys: [...new Set([...(before?.keys ?? []), ...keys])],
    });
  }
  return all;
}
