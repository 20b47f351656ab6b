import { isDeepStrictEqual } from 'node:util';
import { isMap, isPair, isScalar, isSeq, parseDocument, visit, type Document } from 'yaml';
import type { Change, StackPlan } from './change';
import type { PipelineImages } from './deliverable';
import { Refused } from '../steps/refused';
import { faultIn, spellingsIn } from './spelling';
import { shellUnknown } from './template';
import type { Tree } from './tree';

interface Site {
  readonly start: number;
  readonly end: number;
  /** As it is written there, and as it will be. */
  readonly before: string;
  readonly after: string;
}

/**
 * The plan of the images that pipelines run in: each scalar of a pipeline that is one of them in another place, and nothing
 * else of the file. What a step pushes, and what its commands say, is not what it runs in.
 */
export function planPipelineImages(tree: Tree, refs: PipelineImages): StackPlan {
  const { stack, images } = refs;
  const faults: string[] = [];
  const notes = pipelineDifferences(tree, refs);
  const changes: Change[] = [];
  for (const { path, text: before } of pipelinesIn(tree, refs)) {
    const document = parseDocument(before);
    if (document.errors.length > 0) {
      if (!images.some(({ spellings }) => spellings.some((each) => before.includes(each)))) continue;
      const line = document.errors[0]?.linePos?.[0].line ?? 1;
      faults.push(
        `${path}:${line}: is not YAML, got "${before.split('\n')[line - 1]?.trim() ?? ''}"; repair it first`,
      );
      continue;
    }
    faults.push(...doubtsIn(document, before, images).map((doubt) => `${path}:${doubt}`));
    for (const [line, text] of pushesIn(document, before, images))
      notes.push(`${path}:${line}: pushes to "${text}"; that stays`);
    const moving = sitesIn(document, before, images).filter(({ before: is, after }) => is !== after);
    if (moving.length === 0) continue;
    const after = moving.reduceRight(
      (text, { start, end, after: wanted }) => text.slice(0, start) + wanted + text.slice(end),
      before,
    );
    if (!onlyThese(document, parseDocument(after), moving)) {
      faults.push(
        `${path}: the edit would change more than its images, got another document; spell each image as one plain or quoted scalar`,
      );
      continue;
    }
    changes.push({
      ...{ path, kind: 'edit', before, after },
      why: `runs in ${moving.map(({ after: wanted }) => wanted).join(', ')}`,
    });
  }
  if (faults.length > 0) throw new Refused(faults);
  return { stack, changes, notes: changes.length === 0 ? [] : notes };
}

/** Where estate and tree differ about the steps that run in an image which has moved. */
export function pipelineDifferences(tree: Tree, refs: PipelineImages): string[] {
  const { images, steps, ours } = refs;
  const moved = new Set(images.filter((image) => image.moved).map(({ name }) => name));
  if (moved.size === 0) return [];
  const found = pipelinesIn(tree, refs).flatMap(({ path, text }) =>
    stepsIn(parseDocument(text), images).map((step) => ({ file: path, step })),
  );
  const has = (
    list: readonly { file: string; step: string }[],
    { file, step }: { file: string; step: string },
  ): boolean => list.some((each) => each.file === file && each.step === step);
  return [
    ...steps
      .filter((step) => moved.has(step.image) && !ours.includes(step.file) && !has(found, step))
      .map(
        ({ file, step, image }) =>
          `${file}: step "${step}" should run in ${image}, got none that does; correct its row in estate.pipelineSteps`,
      ),
    ...found
      .filter((step) => !has(steps, step))
      .map(
        ({ file, step }) =>
          `${file}: step "${step}" runs in an image of ours, got no row of the estate; add it to estate.pipelineSteps`,
      ),
  ];
}

/** The hand-written pipelines. */
function pipelinesIn(
  tree: Tree,
  { folder, ours }: PipelineImages,
): { readonly path: string; readonly text: string }[] {
  return tree.list(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    const text = /\.ya?ml$/u.test(name) && !ours.includes(path) ? tree.read(path) : undefined;
    return text === undefined ? [] : [{ path, text }];
  });
}

type Images = PipelineImages['images'];

/** Which image a text is, and what stands behind its name; `undefined` where it is none of them. */
function imageIn(
  text: string,
  images: Images,
): { image: Images[number]; is: string; rest: string } | undefined {
  const [found] = spellingsIn(text, images);
  const image = images.find(({ name }) => name === found?.image.name);
  if (found === undefined || image === undefined || found.start > 0) return undefined;
  const [is, rest] = [text.slice(0, found.end), text.slice(found.end)];
  return found.obstacle === undefined && /^(?:[:@]\S+)?$/u.test(rest) ? { image, is, rest } : undefined;
}

/** Below these a plugin is told what to push. */
const isPushed = (path: readonly unknown[]): boolean =>
  path.some(
    (part) =>
      isPair(part) && isScalar(part.key) && ['settings', 'repo', 'tags'].includes(String(part.key.value)),
  );

interface Text {
  readonly value: string;
  /** As it is written, quotes included. */
  readonly start: number;
  readonly end: number;
  readonly pushed: boolean;
  readonly isImage: boolean;
}

function textsIn(document: Document): readonly Text[] {
  const found: Text[] = [];
  visit(document, {
    Scalar: (key, { value, range }, path) => {
      if (key === 'key' || typeof value !== 'string' || !range) return;
      const [pair] = path.slice(-1);
      const isImage = isPair(pair) && isScalar(pair.key) && pair.key.value === 'image';
      found.push({ value, start: range[0], end: range[1], pushed: isPushed(path), isImage });
    },
  });
  return found;
}

function sitesIn(document: Document, text: string, images: Images): Site[] {
  return textsIn(document).flatMap(({ value, start, end, pushed }): Site[] => {
    const found = pushed ? undefined : imageIn(value, images);
    if (found === undefined) return [];
    const { image, is, rest } = found;
    const wanted = image.stays.includes(is.toLowerCase()) ? is : image.repository;
    const written = text.slice(start, end);
    return [{ start, end, before: written, after: written.replace(value, () => `${wanted}${rest}`) }];
  });
}

/** What a step runs in and nobody can tell, where it may be an image that moves. */
function doubtsIn(document: Document, text: string, images: Images): string[] {
  const moved = images.filter((image) => image.moved);
  return textsIn(document)
    .filter(({ isImage, value }) => isImage && imageIn(value, images) === undefined)
    .flatMap(({ value, start }) => {
      const problem =
        spellingsIn(shellUnknown(value), moved)[0]?.obstacle ?? faultIn(shellUnknown(value), moved);
      return problem === undefined
        ? []
        : [
            `${lineAt(text, start)}: ${problem}, got "${value}"; spell the image in one piece, with at most its tag in a variable`,
          ];
    });
}

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

function pushesIn(document: Document, text: string, images: Images): [number, string][] {
  return textsIn(document)
    .filter(({ value, pushed }) => pushed && imageIn(value, images) !== undefined)
    .map(({ value, start }) => [lineAt(text, start), value]);
}

/** Names of the steps and services that run in one of the images; Woodpecker takes a list and a map. */
function stepsIn(document: Document, images: Images): string[] {
  const { contents } = document;
  if (!isMap(contents)) return [];
  const json = document.toJS() as Record<string, unknown>;
  return ['steps', 'services', 'clone'].flatMap((section) => {
    const part = json[section];
    const isList = isSeq(contents.get(section));
    if (typeof part !== 'object' || part === null) return [];
    return Object.entries(part as Record<string, { name?: unknown; image?: unknown } | null>).flatMap(
      ([key, step]) => {
        const image = step?.image;
        const runs = typeof image === 'string' && imageIn(image, images) !== undefined;
        return runs ? [isList && typeof step?.name === 'string' ? step.name : key] : [];
      },
    );
  });
}

/** The same document, once each image that moved is put back. */
function onlyThese(before: Document, after: Document, sites: readonly Site[]): boolean {
  if (after.errors.length > 0) return false;
  const bare = (text: string): string => text.replace(/^(['"])(.*)\1$/u, '$2');
  const back = new Map(sites.map((site) => [bare(site.after), bare(site.before)]));
  const put = (value: unknown, other: unknown): unknown => {
    if (typeof value === 'string') return value !== other && back.get(value) === other ? other : value;
    if (Array.isArray(value))
      return value.map((each, index) => put(each, (other as unknown[] | undefined)?.[index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        put(each, (other as Record<string, unknown> | undefined)?.[key]),
      ]),
    );
  };
  const was: unknown = before.toJS();
  return isDeepStrictEqual(put(after.toJS(), was), was);
}
