import { posix } from 'node:path';
import { lineOf, nameOf, nodesBelow } from '../hcl/nodes';
import { argumentsOf, elementsOf } from '../hcl/objects';
import type { HclFile } from '../hcl/read';
import type { DeliveredImage } from './deliverable';
import { environmentOf } from './environment';
import type { Fault } from './put-together';
import { unknown } from './spelling';
import { isMoved, treeRoot } from './template';
import { isIgnoredName } from './terragrunt';
import { filesBelow, textOf, type Tree } from './tree';
import { evaluator, type Scope } from './values';

/** Functions that read a file, whatever they make of it. */
const reads = /^(?:file\w*|templatefile|read_terragrunt_config|read_tfvars_file|sops_decrypt_file)$/u;

/** The files that a file's expressions lead to; of a path that ends in an expression, all that it may be. */
export function filesRead(
  tree: Tree,
  file: HclFile,
  scope: Scope,
  images: readonly DeliveredImage[],
): { readonly paths: string[]; readonly faults: Fault[]; readonly handed: [string, string][] } {
  const evaluate = evaluator(scope, images);
  const { values, aim } = evaluate;
  const paths: string[] = [];
  const faults: Fault[] = [];
  const handed = environmentOf(file, evaluate);
  for (const node of nodesBelow(file.root)) {
    if (!['string_lit', 'quoted_template', 'function_call'].includes(node.type)) continue;
    const [template, given] =
      node.type === 'function_call' && nameOf(node) === 'templatefile' ? argumentsOf(node) : [];
    if (template !== undefined && given !== undefined)
      for (const [name, value] of elementsOf(aim({ file, node: given }).node))
        handed.push(
          ...values({ file, node: value })
            .filter(isMoved)
            .map((moved): [string, string] => [name, moved]),
        );
    const [path] = node.type === 'function_call' && reads.test(nameOf(node)) ? argumentsOf(node) : [];
    if (path !== undefined && values({ file, node: path }).every((value) => value.startsWith(unknown)))
      faults.push({
        line: lineOf(node),
        problem: `${nameOf(node)}() reads a file whose path cannot be told here`,
      });
    for (const value of values({ file, node })) {
      const whole = value.includes(unknown)
        ? value.slice(0, value.indexOf(unknown)).replace(/[^/]*$/u, '')
        : value;
      const at = whole.startsWith(treeRoot)
        ? [whole.slice(treeRoot.length + 1)]
        : whole.startsWith('.')
          ? [`${posix.dirname(file.path)}/${whole}`, `${scope.root}/${whole}`]
          : [];
      for (const found of at.map((one) => posix.normalize(one).replace(/\/$/u, ''))) {
        const isAbove =
          ['', '.', ...scope.root.split('/').slice(0, -1)].includes(found) || found.startsWith('..');
        if (isAbove) continue;
        if (textOf(tree, found) !== undefined) paths.push(found);
        else if (tree.read(`${found}/terragrunt.hcl`) === undefined)
          paths.push(...readableBelow(tree, found));
      }
    }
  }
  return { paths, faults, handed };
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
