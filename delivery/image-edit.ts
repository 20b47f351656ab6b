import { isDeepStrictEqual } from 'node:util';
import type { Node } from 'web-tree-sitter';
import type { DeliveredImage, JsonObject } from './deliverable';
import { lineOf, nodesBelow, type HclFile, type ParseHcl } from './hcl';

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

/** Every string template of the file that begins with a known spelling of one of the images. */
export function imageSites(file: HclFile, images: readonly DeliveredImage[]): ImageSite[] {
  const sites: ImageSite[] = [];
  for (const block of file.blocks) {
    for (const node of nodesBelow(block.node)) {
      if (node.type !== 'string_lit' && node.type !== 'quoted_template') continue;
      const site = siteAt(node, block.type, images);
      if (site !== undefined) sites.push(site);
    }
  }
  return sites;
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
    throw new Error(`${file.path}: the edit would have changed more than the image references`);
  }
  return text;
}

function siteAt(node: Node, blockType: string, images: readonly DeliveredImage[]): ImageSite | undefined {
  const [, first, second] = node.children;
  if (first?.type !== 'template_literal' || isName(node)) return undefined;
  for (const image of images) {
    const literal = first.text;
    const spelling = [image.repository, ...image.spellings]
      .filter((known) => literal.startsWith(known) && /^(?:[:@]|$)/u.test(literal.slice(known.length)))
      .sort((a, b) => b.length - a.length)[0];
    if (spelling === undefined) continue;
    const rest = literal.slice(spelling.length);
    const whole = second?.type === 'quoted_template_end';
    const tag = whole && rest !== '' ? rest.replace(/^:/u, '') : undefined;
    const local = `local.${localOf(image)}`;
    const run = tag === undefined ? spelling : literal;
    const bare = whole && run === literal;
    const attribute = attributeAround(node);
    return {
      image,
      line: lineOf(node),
      tag,
      attribute,
      obstacle: obstacleAt(blockType, attribute),
      start: bare ? node.startIndex : first.startIndex,
      end: bare ? node.endIndex : first.startIndex + run.length,
      replacement: bare ? local : `\${${local}}`,
      literal: run,
      template: { start: node.startIndex, end: node.endIndex },
    };
  }
  return undefined;
}

/** A block's label or an object's key names something; it is no image reference. */
function isName(node: Node): boolean {
  if (node.parent?.type === 'block') return true;
  for (let inner: Node = node; inner.parent !== null; inner = inner.parent) {
    if (inner.parent.type === 'object_elem') return inner.parent.namedChildren[0]?.id === inner.id;
    if (inner.parent.type === 'attribute' || inner.parent.type === 'block') return false;
  }
  return false;
}

function attributeAround(node: Node): string {
  for (let at: Node | null = node; at !== null; at = at.parent) {
    if (at.type === 'attribute') return at.namedChildren[0]?.text ?? '';
  }
  return '';
}

function obstacleAt(blockType: string, attribute: string): string | undefined {
  if (blockType === 'variable') return "a variable's default cannot refer to a local";
  if (blockType === 'terraform') return 'a terraform block cannot refer to a local';
  if (blockType === 'module' && attribute === 'source') return "a module's source cannot refer to a local";
  return undefined;
}

/** Terraform's own reading: the two files differ in strings that spelled an image, and nowhere else. */
function onlyImagesDiffer(before: unknown, after: unknown, sites: readonly ImageSite[]): boolean {
  if (typeof before === 'string' && typeof after === 'string') {
    return before === after || sites.some(({ literal }) => before.includes(literal));
  }
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) {
    return before === after;
  }
  const keys = Object.keys(before);
  return (
    isDeepStrictEqual(keys, Object.keys(after)) &&
    keys.every((key) => onlyImagesDiffer((before as JsonObject)[key], (after as JsonObject)[key], sites))
  );
}

/** Token by token, everything outside of the string templates that were edited is what it was. */
function onlySitesDiffer(before: HclFile, after: HclFile, sites: readonly ImageSite[]): boolean {
  let shift = 0;
  const places = sites
    .toSorted((a, b) => a.start - b.start)
    .map(({ start, end, replacement, template }) => {
      const from = template.start + shift;
      shift += replacement.length - (end - start);
      return { start: from, end: template.end + shift };
    });
  const holes = sites.map(({ template }) => template);
  return isDeepStrictEqual(tokensOutside(before, holes), tokensOutside(after, places));
}

const tokensOutside = (file: HclFile, holes: readonly Range[]): string[] =>
  [...nodesBelow(file.root)]
    .filter((node) => node.childCount === 0)
    .filter((node) => !holes.some(({ start, end }) => node.startIndex < end && node.endIndex > start))
    .map((node) => `${node.type} ${node.text}`);
