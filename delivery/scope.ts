import { posix } from 'node:path';
import type { Node } from 'web-tree-sitter';
import { argumentOf, attributesOf, nameOf, nodesBelow } from '../hcl/nodes';
import { elementsOf } from '../hcl/objects';
import type { HclFile, ParseHcl } from '../hcl/read';
import { isForeignJson } from './foreign-json';
import { localFolder } from './module-call';
import { nothingGenerated, readHandWritten, rootNames, type Generated } from './terragrunt';
import { withoutComments } from './prose';
import { textOf, type Tree } from './tree';
import type { Source } from './template';
import type { Scope } from './values';

/** A folder of HCL that a stack reads: its own, or that of a module it calls, however deep. */
export interface StackFolder {
  readonly path: string;
  readonly files: readonly HclFile[];
  /** Terraform's JSON, each as one local of HCL that holds it. */
  readonly jsonFiles: readonly HclFile[];
}

export interface StackScopes {
  readonly folders: readonly StackFolder[];
  readonly scopeOf: (file: HclFile) => Scope;
  /** Lets a file's names mean more, as those of a template do. */
  readonly give: (file: HclFile, names: Iterable<readonly [string, Source]>) => void;
}

interface Declared {
  /** `local.…`, `output.…`, and `var.…` where it has a default. */
  readonly names: readonly (readonly [string, Node])[];
  readonly calls: readonly { readonly name: string; readonly given: readonly [string, Node][] }[];
}

interface OpenScope extends Scope {
  readonly names: Map<string, Source[]>;
}

/** A stack's folder and those of the local modules that it calls, callers first, with what their names mean. */
export async function stackScopes(
  tree: Tree,
  stack: string,
  generated: Generated,
  parse: ParseHcl,
): Promise<StackScopes> {
  const root = `stacks/${stack}`;
  const folders: StackFolder[] = [];
  const scopes = new Map<string, OpenScope>();
  const scopeAt = (path: string, folder: string): OpenScope => {
    const scope = scopes.get(path) ?? { folder, root, names: new Map<string, Source[]>() };
    scopes.set(path, scope);
    return scope;
  };
  const add = ({ names }: OpenScope, more: Iterable<readonly [string, Source]>): void => {
    for (const [name, source] of more) names.set(name, [...(names.get(name) ?? []), source]);
  };
  const visit = async (path: string): Promise<OpenScope> => {
    const isKnown = scopes.has(path);
    const scope = scopeAt(path, path);
    if (isKnown) return scope;
    const files = await readHandWritten(tree, path, path === root ? generated : nothingGenerated, parse);
    const jsonFiles = await readAll(tree, path, isForeignJson, parse);
    folders.push({ path, files, jsonFiles });
    for (const file of [...files, ...jsonFiles]) {
      const { names, calls } = declaredIn(file);
      add(scope, placed(file, names));
      for (const { name, given } of calls) {
        const folder = localFolder(path, given.find(([key]) => key === 'source')?.[1].text ?? '');
        if (folder === undefined) continue;
        const inner = await visit(folder);
        add(inner, placed(file, given, 'var.'));
        for (const [output, sources] of inner.names)
          if (output.startsWith('output.'))
            scope.names.set(output.replace('output', `module.${name}`), sources);
      }
    }
    return scope;
  };
  add(await visit(root), await inputs(tree, root, parse));
  const scopeOf = (file: HclFile): OpenScope => {
    const folder = posix.dirname(file.path);
    const isPart = /\.tf(?:\.json)?$/u.test(file.path) && folders.some(({ path }) => path === folder);
    if (isPart || scopes.has(file.path)) return scopeAt(isPart ? folder : file.path, folder);
    const alone = scopeAt(file.path, folder);
    add(alone, placed(file, declaredIn(file).names));
    return alone;
  };
  return {
    folders,
    scopeOf,
    give: (file, names) => {
      add(scopeOf(file), names);
    },
  };
}

const placed = (
  file: HclFile,
  names: readonly (readonly [string, Node])[],
  prefix = '',
): [string, Source][] => names.map(([name, node]) => [`${prefix}${name}`, { file, node }]);

function declaredIn(file: HclFile): Declared {
  const body = file.path.endsWith('.json') ? jsonBody(file) : undefined;
  const attributes = (block: Node): [string, Node][] =>
    attributesOf(block).map((one) => [nameOf(one), one.namedChildren.at(-1) ?? one]);
  const below = (type: string): [string, [string, Node][]][] =>
    body === undefined
      ? file.blocks
          .filter((block) => block.type === type)
          .map(({ node }) => [(node.namedChildren[1]?.text ?? '').replaceAll('"', ''), attributes(node)])
      : elementsOf(body)
          .flatMap(([key, node]) => (key === type ? elementsOf(node) : []))
          .map(([name, node]) => [name, type === 'locals' ? [[name, node]] : elementsOf(node)]);
  const one = (type: string, prefix: string, argument: string): [string, Node][] =>
    below(type).flatMap(([name, given]) =>
      given.flatMap(([key, node]): [string, Node][] =>
        key === argument ? [[`${prefix}.${name}`, node]] : [],
      ),
    );
  return {
    names: [
      ...below('locals').flatMap(([, given]) =>
        given.map(([name, node]): [string, Node] => [`local.${name}`, node]),
      ),
      ...one('variable', 'var', 'default'),
      ...one('output', 'output', 'value'),
    ],
    calls: below('module').map(([name, given]) => ({ name, given })),
  };
}

/** What Terragrunt's `inputs` and the files of variables give. Those that do not parse are told where they are delivered into. */
async function inputs(tree: Tree, root: string, parse: ParseHcl): Promise<[string, Source][]> {
  const found: [string, Source][] = [];
  const isInput = (name: string): boolean => rootNames.includes(name) || /\.tfvars(?:\.json)?$/u.test(name);
  for (const folder of ['.', root])
    for (const file of await readAll(tree, folder, isInput, parse)) {
      const body = file.path.endsWith('.json') ? jsonBody(file) : undefined;
      const given = attributesOf(file.root).map((one): [string, Node] => [
        nameOf(one),
        one.namedChildren.at(-1) ?? one,
      ]);
      const pairs =
        body !== undefined
          ? elementsOf(body)
          : file.path.endsWith('.hcl')
            ? given
                .filter(([name]) => name === 'inputs')
                .flatMap(([, node]) => [node, ...nodesBelow(node)])
                .flatMap((node) => (node.type === 'object' ? elementsOf(node) : []))
            : given;
      found.push(...placed(file, pairs, 'var.'));
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

const templateMark = 'END_OF_TEMPLATE';

/** A template's text as a heredoc, one line further down; `undefined` where Terraform could not read it either. */
export async function readTemplate(tree: Tree, path: string, parse: ParseHcl): Promise<HclFile | undefined> {
  const text = textOf(tree, path);
  if (text === undefined || text.includes('\0')) return undefined;
  const asHeredoc = (lines: string): Promise<HclFile> =>
    parse(path, `locals { t = trimspace(<<${templateMark}\n${lines}\n${templateMark}\n) }`);
  // Comments are for people. What looks like one may hold the end of a directive.
  return asHeredoc(withoutComments(text))
    .catch(() => asHeredoc(text))
    .catch(() => undefined);
}

const jsonBody = (file: HclFile): Node | undefined =>
  file.blocks[0] && argumentOf(file.blocks[0].node, 'json');
