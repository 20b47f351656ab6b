import { posix } from 'node:path';
import { literalsOf } from '../hcl/literals';
import type { HclFile, ParseHcl } from '../hcl/read';
import type { DeliveredImage, ImageRefs } from './deliverable';
import { environmentOf } from './environment';
import { filesRead, readableBelow } from './files-read';
import { stackFileName, imagesFileName } from './folder';
import { ownershipOf } from './generated-file';
import { spellingsAt } from './image-edit';
import { isProse, withoutComments } from './prose';
import { putTogether, readOtherwise, type Fault } from './put-together';
import { readable, readTemplate, stackScopes } from './scope';
import { faultIn, hostAlone, hostsApart, spellingsIn, wholeLines } from './spelling';
import { heldBack } from './held-back';
import { readGenerated, rootNames } from './terragrunt';
import { textOf, type Tree } from './tree';
import { shellUnknown, withEnvironment, type Environment } from './template';
import { evaluator } from './values';

/**
 * The one net behind every edit: whatever the stack reads, in its folders, its modules and by any path that its HCL gives, is
 * read as its readers do, and what still names one of its images, or may, is a fault. Half a move is worse than none.
 */
export async function leftSpellings(
  tree: Tree,
  stack: string,
  refs: readonly ImageRefs[],
  parse: ParseHcl,
): Promise<string[]> {
  const images = refs.flatMap((one) => one.images);
  const own = `stacks/${stack}`;
  const generated = await readGenerated(tree, own, parse);
  const { folders, scopeOf, give } = await stackScopes(tree, stack, generated, parse);
  const delivered = new Set(refs.map(({ folder }) => posix.normalize(folder)));
  const isRead = (path: string): boolean =>
    !(posix.dirname(path) === own && generated.fileNames.has(posix.basename(path))) && !isOurs(tree, path);
  const paths = new Set(
    [
      ...tree.list('.').filter((name) => rootNames.includes(name) || /\.tfvars(?:\.json)?$/u.test(name)),
      ...[own, ...folders.map(({ path }) => path)].flatMap((folder) => readableBelow(tree, folder)),
    ].filter(isRead),
  );
  const first = evaluator(scopeOf, images);
  const faults: string[] = folders.flatMap((folder) => heldBack(tree, folder, first));
  const files = new Map<string, HclFile>();
  const templates = new Map<string, HclFile>();
  // What a file leads to is read as well.
  for (const path of paths) {
    const file = /\.(?:tf|hcl|tfvars|tf\.json|tfvars\.json)$/u.test(path)
      ? await readable(tree, path, parse)
      : undefined;
    if (file === undefined) continue;
    files.set(path, file);
    const led = filesRead(tree, file, own, first);
    faults.push(
      ...led.faults.map((fault) => say(path, fault, 'give the path by what the folder itself says')),
    );
    for (const one of led.templates) {
      const template = templates.get(one.path) ?? (await readTemplate(tree, one.path, parse));
      if (template === undefined) continue;
      templates.set(one.path, template);
      give(template, one.names);
    }
    for (const other of led.paths.filter(isRead)) paths.add(other);
  }
  const handed = new Map(
    [...files.values(), ...templates.values()].flatMap((file) => environmentOf(file, first)),
  );
  const evaluate = evaluator(scopeOf, images, handed);
  const hosts = hostsApart(images, [stack, ...[...paths].map((path) => textOf(tree, path) ?? '')]);
  for (const path of paths) {
    const file = files.get(path);
    const folder = posix.dirname(path);
    const isMoved = path.endsWith('.tf') && delivered.has(folder);
    // A file that every stack reads may name the host for others: what this one makes of it is judged where it is used.
    const apart = folder === '.' ? [] : hosts;
    const template = templates.get(path);
    const found =
      file === undefined
        ? [
            ...textFaults(tree, path, images, apart, handed),
            ...(template === undefined ? [] : putTogether(template, evaluate, handed, images, [])).map(
              (fault) => ({ ...fault, line: fault.line - 1 }),
            ),
          ]
        : [...(isMoved ? [] : spelled(file, images)), ...putTogether(file, evaluate, handed, images, apart)];
    const what = isMoved
      ? 'spell the image in one string, with at most its tag in an expression'
      : whatToDo(path);
    const lines = new Map(found.toReversed().map((fault) => [fault.line, fault]));
    faults.push(...[...lines.values()].toReversed().map((fault) => say(path, fault, what)));
  }
  return faults;
}

const say = (path: string, { line, problem }: Fault, what: string): string =>
  `${path}:${line}: ${problem}; ${what}`;

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

const spelled = (file: HclFile, images: readonly DeliveredImage[]): Fault[] =>
  literalsOf(file).flatMap((literal) =>
    spellingsAt(literal, images).map(({ start, end }) => ({
      line: file.lineAt(literal.at[start] ?? 0),
      problem: `spells an image of the stack, got "${literal.text.slice(start, end)}"`,
    })),
  );

/**
 * Any other text, line by line; its comments are prose.
 *
 * @param handed what templates and programs are given
 */
function textFaults(
  tree: Tree,
  path: string,
  images: readonly DeliveredImage[],
  hosts: readonly string[],
  handed: Environment,
): Fault[] {
  const text = textOf(tree, path);
  if (text === undefined || isProse(path) || text.includes('\0')) return [];
  return wholeLines(withoutComments(text)).flatMap((given, index): Fault[] => {
    const line = withEnvironment(given, handed);
    const [found] = spellingsIn(line, images);
    const words = shellUnknown(line).split(/[\s"'`,=]+/u);
    const problem =
      (found && `spells an image of the stack, got "${line.slice(found.start, found.end)}"`) ??
      words.map((word) => faultIn(word, images)).find((fault) => fault !== undefined) ??
      hostAlone(line, hosts) ??
      readOtherwise(line, images, hosts);
    return problem === undefined ? [] : [{ line: index + 1, problem }];
  });
}

const isOurs = (tree: Tree, path: string): boolean =>
  [stackFileName, imagesFileName].includes(posix.basename(path)) &&
  ownershipOf(textOf(tree, path) ?? '') !== 'foreign';
