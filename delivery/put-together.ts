import { literalsOf } from '../hcl/literals';
import type { Node } from 'web-tree-sitter';
import { lineOf, nameOf, nodesBelow } from '../hcl/nodes';
import { argumentsOf } from '../hcl/objects';
import type { DeliveredImage } from './deliverable';
import type { HclFile } from '../hcl/read';
import { passes } from './functions';
import { isKey } from './image-edit';
import { faultIn, hostAlone, hostsLeft, otherReadings, spellingsIn, unknown, wholeLines } from './spelling';
import { namesMoved, shellUnknown, withEnvironment, type Environment, type Evaluator } from './template';

/** A place that names an image, or may, and that no edit moves. */
export interface Fault {
  readonly line: number;
  readonly problem: string;
}

/**
 * Where names come about that no literal spells alone: `"${local.registry}/app:v1"`, `"${local.image}-dev"`. The first fault
 * of each line.
 *
 * @param hosts those that may be joined with a name elsewhere
 */
export function putTogether(
  file: HclFile,
  { values, leads, words }: Evaluator,
  environment: Environment,
  images: readonly DeliveredImage[],
  hosts: readonly string[],
): Fault[] {
  const left = hostsLeft(images);
  const found = new Map<number, string>();
  const say = (line: number, problem: string | undefined): void => {
    if (problem !== undefined && !found.has(line)) found.set(line, problem);
  };
  const judge = (line: number, all: readonly string[], apart = hosts): void => {
    for (const value of all) say(line, faultIn(value, images) ?? hostAlone(value, apart));
  };
  for (const node of nodesBelow(file.root)) {
    const source = { file, node };
    switch (node.type) {
      case 'string_lit':
      case 'quoted_template':
      case 'heredoc_template':
        // A login stands under its host.
        for (const word of words(source)) judge(word.line, word.values, isKey(node) ? [] : hosts);
        break;
      case 'function_call': {
        const name = nameOf(node);
        const isPassed = passes.test(name);
        if (!isPassed || /^(?:format|formatlist|join|lower|replace)$/u.test(name))
          judge(lineOf(node), values(source));
        const read = argumentsOf(node)
          .filter((_, index) => !isPassed || (name === 'replace' && index < 2))
          .flatMap((one) => values({ file, node: one }));
        if (
          read.some((value) => namesMoved(value) || hostAlone(value.replaceAll('\\', ''), left) !== undefined)
        )
          found.set(lineOf(node), `${name}() takes an image's name apart, and that is another one then`);
        break;
      }
      case 'expression':
        if (node.namedChildren[0]?.text === 'var') judge(lineOf(node), values(source));
        break;
      case 'attribute':
      case 'object_elem': {
        const value = node.namedChildren.at(-1);
        const isImage = /(?:^|_)image"?$/u.test(nameOf(node)) && !isTypeConstraint(node.parent);
        const given = isImage && value !== undefined ? leads({ file, node: value }) : [];
        const single = given.filter((one) => !isCollection.test(one.node.type)).flatMap(values);
        if (single.some((one) => one.startsWith(unknown)))
          say(
            lineOf(node),
            'the image comes from an expression that cannot be read here, so it may be one of the estate',
          );
      }
    }
  }
  for (const literal of literalsOf(file)) {
    const line = file.lineAt(literal.at[0] ?? 0);
    const whole = wholeLines(literal.text);
    for (const [index, written] of literal.text.split('\n').entries()) {
      const text = withEnvironment(written, environment);
      say(
        line + index,
        readOtherwise(text, images, hosts, withEnvironment(whole[index] ?? '', environment)) ??
          (isKey(literal.template) ? undefined : hostAlone(text, hosts)),
      );
    }
  }
  return [...found].map(([line, problem]) => ({ line, problem }));
}

/** Whether it stands in a variable's `type`, which says what may be given and gives nothing. */
function isTypeConstraint(node: Node | null): boolean {
  for (let at = node; at !== null; at = at.parent)
    if (at.type === 'attribute')
      return nameOf(at) === 'type' && at.parent?.parent?.namedChildren[0]?.text === 'variable';
  return false;
}

const isCollection = /^(?:object|tuple|for_(?:object|tuple)_expr)$/u;

/**
 * What a line names once it is decoded, and does not name as it stands.
 *
 * @param whole with the next line, where it goes on there
 */
export function readOtherwise(
  line: string,
  images: readonly DeliveredImage[],
  hosts: readonly string[],
  whole = line,
): string | undefined {
  const plain = whole === line ? line : `${line.slice(0, -1)} ${whole.slice(line.length - 1)}`;
  const spelled = spellingsIn(plain, images).length;
  for (const reading of [whole, ...otherReadings(whole)]) {
    if (reading === line) continue;
    const more =
      spellingsIn(reading, images).length > spelled ||
      (hostAlone(reading, hosts) !== undefined && hostAlone(plain, hosts) === undefined);
    const parts =
      spelled === 0 &&
      shellUnknown(reading)
        .split(/[\s,=]+/u)
        .some((word) => faultIn(word, images) !== undefined);
    if (more || parts)
      return 'an image of the stack is written in another way here, by escapes, quotes or base64';
  }
  return undefined;
}
