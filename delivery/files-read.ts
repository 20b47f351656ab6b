import { posix } from 'node:path';
import type { Node } from 'web-tree-sitter';
import { lineOf, nameOf, nodesBelow } from '../hcl/nodes';
import { argumentsOf, elementsOf } from '../hcl/objects';
import type { HclFile } from '../hcl/read';
import type { Fault } from './put-together';
import { unknown } from './spelling';
import { isMoved, placesOf, type Evaluator, type Source } from './template';
import { isIgnoredName } from './terragrunt';
import { filesBelow, textOf, type Tree } from './tree';

/** Functions that read a file, whatever they make of it. */
const reads = /^(?:file\w*|templatefile|read_terragrunt_config|read_tfvars_file|sops_decrypt_file)$/u;

/** What a file's expressions lead to; of a path that ends in an expression, all that it may be. */
export interface FilesRead {
  readonly paths: readonly string[];
  readonly faults: readonly Fault[];
  /** Templates, each with the names that it is given. */
  readonly templates: readonly { readonly path: string; readonly names: readonly [string, Source][] }[];
}

export function filesRead(
  tree: Tree,
  file: HclFile,
  root: string,
  { values, leads }: Pick<Evaluator, 'values' | 'leads'>,
): FilesRead {
  const found = {
    paths: [] as string[],
    faults: [] as Fault[],
    templates: [] as FilesRead['templates'][number][],
  };
  const pathsOf = (node: Node): string[] =>
    values({ file, node }).flatMap((value) => {
      const whole = value.includes(unknown)
        ? value.slice(0, value.indexOf(unknown)).replace(/[^/]*$/u, '')
        : value;
      return placesOf(whole, [posix.dirname(file.path), root]).flatMap((path) => {
        const isAbove = ['', '.', ...root.split('/').slice(0, -1)].includes(path) || path.startsWith('..');
        if (isAbove) return [];
        if (textOf(tree, path) !== undefined) return [path];
        const isOther = path !== root && tree.read(`${path}/terragrunt.hcl`) !== undefined;
        return isOther ? [] : readableBelow(tree, path);
      });
    });
  for (const node of nodesBelow(file.root)) {
    if (!['string_lit', 'quoted_template', 'function_call'].includes(node.type)) continue;
    const [path, given] = node.type === 'function_call' && reads.test(nameOf(node)) ? argumentsOf(node) : [];
    if (path !== undefined && values({ file, node: path }).every((value) => value.startsWith(unknown)))
      found.faults.push({
        line: lineOf(node),
        problem: `${nameOf(node)}() reads a file whose path cannot be told here`,
      });
    if (path !== undefined && given !== undefined && nameOf(node) === 'templatefile') {
      const handed = leads({ file, node: given });
      if (handed.some((one) => one.node.type !== 'object' && values(one).some(isMoved)))
        found.faults.push({
          line: lineOf(node),
          problem: 'templatefile() is given the image under a name that cannot be told here',
        });
      const names = handed.flatMap((one) =>
        elementsOf(one.node).map(([name, value]): [string, Source] => [name, { ...one, node: value }]),
      );
      found.templates.push(...pathsOf(path).map((template) => ({ path: template, names })));
    }
    found.paths.push(...pathsOf(node));
  }
  return found;
}

/** Without hidden files, Terraform's own state and what editors leave. */
export const readableBelow = (tree: Tree, folder: string): string[] =>
  [...filesBelow(tree, folder)].filter(
    (path) =>
      !path
        .slice(folder.length + 1)
        .split('/')
        .some((name) => isIgnoredName(name) || /\.tfstate(?:\.|$)|\.enc$/u.test(name)),
  );
