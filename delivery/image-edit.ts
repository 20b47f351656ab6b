import { isDeepStrictEqual } from 'node:util';
import type { Node } from 'web-tree-sitter';
import { Refused } from '../steps/refused';
import type { DeliveredImage, JsonObject } from './deliverable';
import { isCommentLine } from './prose';
import { spellingsIn, unknown, type Spelling } from './spelling';
import { literalsOf, type Literal } from '../hcl/literals';
import { argumentOf, nameOf, nodesBelow } from '../hcl/nodes';
import type { HclBlock, HclFile, ParseHcl } from '../hcl/read';

interface Range {
  readonly start: number;
  readonly end: number;
}

/** One place in the HCL that spells the image, and what takes its place. */
export interface ImageSite extends Range {
  readonly image: DeliveredImage;
  readonly line: number;
  /** Tag and digest spelled there, as `v4`; `undefined` when an expression gives the tag. */
  readonly tag: string | undefined;
  /** The attribute or block argument that holds it, as the file names it. */
  readonly attribute: string;
  /** Why this place cannot refer to a local, if it cannot. */
  readonly obstacle: string | undefined;
  readonly replacement: string;
  /** The whole string, quotes included. */
  readonly template: Range;
  /** The literal run as it stood. */
  readonly literal: string;
}

/** The generated local that stands for an image, without its `local.`. */
export const localOf = ({ name, tag }: DeliveredImage): string =>
  tag === undefined ? `${name}_repository` : `${name}_image`;

/** What that local holds. */
export const referenceOf = ({ repository, tag }: DeliveredImage): string =>
  tag === undefined ? repository : `${repository}${tag.startsWith('@') ? '' : ':'}${tag}`;

/** Every place of the file's strings and heredocs that spells one of the images; comments are prose. */
export function imageSites(file: HclFile, images: readonly DeliveredImage[]): ImageSite[] {
  return file.blocks.flatMap((block) =>
    literalsOf(file, block.node).flatMap((literal) =>
      spellingsAt(literal, images).map((spelling) => siteAt(file, block, literal, spelling)),
    ),
  );
}

/** The spellings in one run of text, the expressions beside it taken for unknown. A heredoc's own comments are prose. */
export function spellingsAt(literal: Literal, images: readonly DeliveredImage[]): Spelling[] {
  const { text, afterExpression, beforeExpression, isHeredoc } = literal;
  const lead = afterExpression ? unknown : '';
  return spellingsIn(`${lead}${text}${beforeExpression ? unknown : ''}`, images)
    .map((spelling) => ({
      ...spelling,
      start: spelling.start - lead.length,
      end: spelling.end - lead.length,
      tagEnd: spelling.tagEnd - lead.length,
    }))
    .filter(({ start }) => !isHeredoc || !isCommentLine(text, start));
}

/** The file's text with every site replaced; it is parsed again and may differ at those sites alone. */
export async function editImages(
  file: HclFile,
  sites: readonly ImageSite[],
  parse: ParseHcl,
): Promise<string> {
  let text = file.text;
  for (const site of sites.toSorted((a, b) => b.start - a.start)) {
    text = text.slice(0, site.start) + site.replacement + text.slice(site.end);
  }
  const after = await parse(file.path, text);
  if (!onlyImagesDiffer(file.json, after.json, sites) || !onlySitesDiffer(file, after, sites)) {
    const lines = sites.map(({ line }) => line).join(', ');
    throw new Refused([
      `${file.path}: the edit would change more than the images, got them on line ${lines}; spell each as one plain string`,
    ]);
  }
  return text;
}

function siteAt(file: HclFile, block: HclBlock, literal: Literal, spelling: Spelling): ImageSite {
  const { image, tag } = spelling;
  const { template } = literal;
  const index = (place: number): number => literal.at[place] ?? literal.template.endIndex;
  const start = index(spelling.start);
  const end = index(tag === undefined ? spelling.end : spelling.tagEnd);
  const bare = !literal.isHeredoc && start === template.startIndex + 1 && end === template.endIndex - 1;
  const local = `local.${localOf(image)}`;
  const written = literal.text.slice(spelling.start, tag === undefined ? spelling.end : spelling.tagEnd);
  const bareReference = isKey(template) ? `(${local})` : local;
  return {
    image,
    line: file.lineAt(start),
    tag,
    attribute: attributeAround(template),
    obstacle:
      spelling.obstacle ??
      (file.text.slice(start, end) === written ? undefined : 'it is written with escapes') ??
      obstacleAt(block.type, template),
    start: bare ? template.startIndex : start,
    end: bare ? template.endIndex : end,
    replacement: bare ? bareReference : `\${${local}}`,
    literal: written,
    template: { start: template.startIndex, end: template.endIndex },
  };
}

/** An object's key: an expression there stands in parentheses. */
export function isKey(template: Node): boolean {
  for (let inner: Node = template; inner.parent !== null; inner = inner.parent) {
    if (inner.startIndex !== template.startIndex || inner.endIndex !== template.endIndex) return false;
    if (inner.parent.type === 'object_elem') {
      return inner.parent.namedChildren[0]?.id === inner.id && inner.previousSibling?.type !== '(';
    }
  }
  return false;
}

/** The name of the attribute in whose value a node stands. */
function attributeAround(node: Node): string {
  for (let at: Node | null = node; at !== null; at = at.parent) {
    if (at.type === 'attribute') return nameOf(at);
  }
  return '';
}

/** Places that Terraform reads before it knows any local. */
function obstacleAt(blockType: string, template: Node): string | undefined {
  const attribute = attributeAround(template);
  if (blockType === 'variable')
    return `a variable's ${attribute === 'condition' || attribute === 'error_message' ? 'validation' : attribute} cannot refer to a local`;
  if (['moved', 'removed', 'import'].includes(blockType))
    return `${blockType === 'import' ? 'an import' : `a ${blockType}`} block names what is there already`;
  if (blockType === 'terraform') return 'a terraform block cannot refer to a local';
  if (blockType === 'module' && ['source', 'version'].includes(attribute)) {
    return "a module's source cannot refer to a local";
  }
  if (template.parent?.type === 'block') return 'the label of a block cannot refer to a local';
  for (let at = template.parent; at !== null; at = at.parent) {
    if (at.type !== 'block') continue;
    if (/^(?:pre|post)condition$/u.test(nameOf(at))) break;
    if (nameOf(at) === 'provisioner' && argumentOf(at, 'when')?.text === 'destroy')
      return 'a provisioner that runs at destruction cannot refer to a local';
    if (nameOf(at) === 'lifecycle') return 'a lifecycle block cannot refer to a local';
  }
  return undefined;
}

/** Terraform's own reading: the two files differ in strings and keys that spelled an image, and nowhere else. */
function onlyImagesDiffer(before: unknown, after: unknown, sites: readonly ImageSite[]): boolean {
  if (typeof before === 'string' && typeof after === 'string') {
    return before === after || sites.some(({ literal }) => before.includes(literal));
  }
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) {
    return before === after;
  }
  const [keys, others] = [Object.keys(before), Object.keys(after)];
  return (
    keys.length === others.length &&
    keys.every(
      (key, index) =>
        onlyImagesDiffer(key, others[index], sites) &&
        onlyImagesDiffer((before as JsonObject)[key], (after as JsonObject)[others[index] ?? ''], sites),
    )
  );
}

/** Token by token, everything outside of the string templates that were edited is what it was. */
function onlySitesDiffer(before: HclFile, after: HclFile, sites: readonly ImageSite[]): boolean {
  const moved = (index: number): number =>
    sites.reduce(
      (at, { start, end, replacement }) => (end <= index ? at + replacement.length - (end - start) : at),
      index,
    );
  const holes = sites.map(({ template }) => template);
  const places = holes.map(({ start, end }) => ({ start: moved(start), end: moved(end) }));
  return isDeepStrictEqual(tokensOutside(before, holes), tokensOutside(after, places));
}

const tokensOutside = (file: HclFile, holes: readonly Range[]): string[] =>
  [...nodesBelow(file.root)]
    .filter((node) => node.childCount === 0)
    .filter((node) => !holes.some(({ start, end }) => node.startIndex < end && node.endIndex > start))
    .map((node) => `${node.type} ${node.text}`);
