import { posix } from 'node:path';
import { literalsOf } from '../hcl/literals';
import { nameOf, nodesBelow } from '../hcl/nodes';
import type { HclFile, ParseHcl } from '../hcl/read';
import type { DeliveredImage, ImageRefs } from './deliverable';
import { stackFileName, imagesFileName } from './folder';
import { ownershipOf } from './generated-file';
import { spellingsAt } from './image-edit';
import { isProse, withoutComments } from './prose';
import { faultIn, putTogether, shellUnknown, type Scope } from './put-together';
import { readable, stackFolders, type StackFolder } from './scope';
import { hostOf, namesOf, spellingsIn } from './spelling';
import { isIgnoredName, readGenerated } from './terragrunt';
import { filesBelow, textOf, type Tree } from './tree';

/**
 * Where a stack's images are spelled and no reference can stand: other modules, files of variables, Terragrunt's inputs,
 * and every text in its folders or that its HCL reads. Half a move is worse than none, so each is a fault.
 */
export async function leftSpellings(
  tree: Tree,
  stack: string,
  refs: readonly ImageRefs[],
  parse: ParseHcl,
): Promise<string[]> {
  const images = refs.flatMap((one) => one.images);
  const generated = await readGenerated(tree, `stacks/${stack}`, parse);
  const folders = await stackFolders(tree, stack, images, generated, parse);
  const delivered = new Set(refs.map(({ folder }) => posix.normalize(folder)));
  const own = `stacks/${stack}`;
  const paths = new Set([
    ...tree.list('.').filter((name) => name === 'terragrunt.hcl' || /\.tfvars(?:\.json)?$/u.test(name)),
    ...[own, ...folders.map(({ path }) => path)].flatMap((folder) =>
      [...filesBelow(tree, folder)].filter((path) => !isNobodys(path.slice(folder.length + 1))),
    ),
    ...folders.flatMap((folder) => filesRead(tree, own, folder)),
  ]);
  const faults: string[] = [];
  for (const path of paths) {
    const name = posix.basename(path);
    const folder = posix.dirname(path);
    if (generated.fileNames.has(name) && folder === own) continue;
    if (name.endsWith('.tf') && delivered.has(folder)) continue;
    const scope = folders.find((one) => one.path === folder)?.scope ?? nowhere;
    const what = whatToDo(path);
    const found = /\.(?:tf|hcl|tfvars)$/u.test(name)
      ? await hclFaults(tree, path, scope, images, parse)
      : textFaults(tree, path, images);
    faults.push(...found.map(({ line, problem }) => `${path}:${line.toString()}: ${problem}; ${what}`));
  }
  return faults;
}

interface Found {
  readonly line: number;
  readonly problem: string;
}

const nowhere: Scope = { locals: new Map(), variables: new Map() };

function whatToDo(path: string): string {
  if (/\.tfvars(?:\.json)?$/u.test(path)) {
    return 'give the tag alone in a file of variables, and spell the image in the HCL that the estate names';
  }
  if (path.endsWith('.hcl')) {
    return "Terragrunt's inputs know no local of the stack: give the tag alone, and spell the image in its HCL";
  }
  if (path.endsWith('.tf'))
    return "add this folder to the app's pulls in the estate, or hand the image in as an argument";
  if (path.endsWith('.tf.json')) return 'JSON files are not edited: move it into HCL';
  return 'spell the image in HCL and hand it in, as with templatefile, or remove the file';
}

async function hclFaults(
  tree: Tree,
  path: string,
  scope: Scope,
  images: readonly DeliveredImage[],
  parse: ParseHcl,
): Promise<Found[]> {
  const file = await readable(tree, path, parse);
  if (file === undefined) return [];
  const spelled = literalsOf(file).flatMap((literal) =>
    spellingsAt(literal, images).map(({ start, end }): Found => ({
      line: file.text.slice(0, literal.at[start]).split('\n').length,
      problem: `spells an image of the stack, got "${literal.text.slice(start, end)}"`,
    })),
  );
  return [...spelled, ...putTogether(file, scope, images).map(({ line, what }) => ({ line, problem: what }))];
}

/** Any other text, line by line; its comments are prose. */
function textFaults(tree: Tree, path: string, images: readonly DeliveredImage[]): Found[] {
  const text = textOf(tree, path);
  const name = posix.basename(path);
  if (text === undefined || isProse(path) || text.includes('\0')) return [];
  if ([stackFileName, imagesFileName].includes(name) && ownershipOf(text) !== 'foreign') return [];
  const lines = withoutComments(text).split('\n').map(plain);
  return lines.flatMap((line, index): Found[] => {
    const at = index + 1;
    const spelled = spellingsIn(line, images).map(({ start, end }) => ({
      line: at,
      problem: `spells an image of the stack, got "${line.slice(start, end)}"`,
    }));
    if (spelled.length > 0) return spelled;
    const words = shellUnknown(line).split(/[\s"'`,=]+/u);
    const problem = words.map((word) => faultIn(word, images)).find((fault) => fault !== undefined);
    if (problem !== undefined) return [{ line: at, problem }];
    const parted = partsOf(line, lines, images);
    return parted === undefined ? [] : [{ line: at, problem: parted }];
  });
}

/** `registry: host` here and `repository: name` on another line: a chart's values put these together. */
function partsOf(
  line: string,
  lines: readonly string[],
  images: readonly DeliveredImage[],
): string | undefined {
  const value = /^[\s-]*["']?[\w.-]+["']?\s*[:=]\s*["']?([^"',\s]+)["']?,?\s*$/u
    .exec(line)?.[1]
    ?.toLowerCase();
  if (value === undefined) return undefined;
  for (const name of images.flatMap(namesOf)) {
    const host = hostOf(name);
    if (host === undefined || host !== value) continue;
    const path = name.slice(host.length + 1).replaceAll(/[.+]/gu, '\\$&');
    const named = new RegExp(`(?:repository|image|name|value)["']?\\s*[:=]\\s*["']?${path}["',]*\\s*$`, 'u');
    if (lines.some((other) => other !== line && named.test(other))) {
      return `the host "${host}" stands apart from its image's name here, so a chart may put them together`;
    }
  }
  return undefined;
}

/** JSON's own escapes resolved; none of them is a line end. */
const plain = (line: string): string =>
  line
    .replaceAll('\\/', '/')
    .replaceAll(/\\u00([2-7][0-9a-fA-F])/gu, (_escape, code: string) =>
      String.fromCodePoint(Number.parseInt(code, 16)),
    );

/** Hidden files, Terraform's own state and what editors leave. */
const isNobodys = (path: string): boolean =>
  path.split('/').some((name) => isIgnoredName(name) || /\.tfstate(?:\.|$)|\.enc$/u.test(name));

/** The files outside of the stack's folder that its HCL reads by a path that can be told. */
function filesRead(tree: Tree, root: string, { path, files }: StackFolder): string[] {
  const readers = /^(?:file|templatefile|filebase64|read_terragrunt_config)$/u;
  const calls = (file: HclFile): string[] =>
    [...nodesBelow(file.root)]
      .filter((node) => node.type === 'function_call' && readers.test(nameOf(node)))
      .map((node) => /\(\s*"([^"]+)"/u.exec(node.text)?.[1] ?? '');
  return files
    .flatMap(calls)
    .map((name) => name.replace('${path.module}', path).replace(/\$\{path\.(?:root|cwd)\}/u, root))
    .map((name) => posix.normalize(name.startsWith('.') ? `${root}/${name}` : name))
    .filter((name) => name !== '.' && !name.includes('${') && !name.startsWith('..') && !name.startsWith('/'))
    .filter((name) => textOf(tree, name) !== undefined);
}
