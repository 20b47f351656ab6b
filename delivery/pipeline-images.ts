import { isDeepStrictEqual } from 'node:util';
import { isMap, isPair, isSeq, parseDocument, visit, type Document, type Scalar } from 'yaml';
import type { Change, StackPlan } from './change';
import type { PipelineImages } from './deliverable';
import { Refused } from '../steps/refused';
import { faultIn, spellingsIn } from './spelling';
import { shellUnknown } from './template';
import type { Tree } from './tree';

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
    let [after, from] = ['', 0];
    const runs: string[] = [];
    for (const { node, start, end, isPushed, isImage } of textsIn(document)) {
      const { value } = node;
      const found = imageIn(value, images);
      const at = `${path}:${before.slice(0, start).split('\n').length}`;
      const doubt = isImage && found === undefined ? doubtAbout(value, images) : undefined;
      if (doubt !== undefined) faults.push(`${at}: ${doubt}`);
      if (found !== undefined && isPushed) notes.push(`${at}: pushes to "${value}"; that stays`);
      if (found === undefined || isPushed || found.stays) continue;
      node.value = found.wanted;
      const written = before.slice(start, end).replace(value, () => found.wanted);
      after += before.slice(from, start) + written;
      from = end;
      runs.push(written);
    }
    if (runs.length === 0) continue;
    after += before.slice(from);
    if (!isDeepStrictEqual(parseDocument(after).toJS(), document.toJS())) {
      faults.push(
        `${path}: the edit would change more than its images, got another document; spell each image as one plain or quoted scalar`,
      );
      continue;
    }
    changes.push({
      ...{ path, kind: 'edit', before, after },
      why: `runs in ${runs.join(', ')}`,
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

/** What a text becomes that is one of the images and nothing besides. */
function imageIn(
  text: string,
  images: Images,
): { readonly wanted: string; readonly stays: boolean } | undefined {
  const [found] = spellingsIn(text, images);
  const image = images.find(({ name }) => name === found?.image.name);
  if (found === undefined || image === undefined || found.start > 0) return undefined;
  const [is, rest] = [text.slice(0, found.end), text.slice(found.end)];
  if (found.obstacle !== undefined || !/^(?:[:@]\S+)?$/u.test(rest)) return undefined;
  const wanted = `${image.repository}${rest}`;
  return { wanted, stays: wanted === text || image.stays.includes(is.toLowerCase()) };
}

/** Why nobody can tell what a step runs in, where it may be an image that moves. */
function doubtAbout(value: string, images: Images): string | undefined {
  const moved = images.filter((image) => image.moved);
  const text = shellUnknown(value);
  const problem = spellingsIn(text, moved)[0]?.obstacle ?? faultIn(text, moved);
  return (
    problem && `${problem}, got "${value}"; spell the image in one piece, with at most its tag in a variable`
  );
}

interface Text {
  readonly node: Scalar<string>;
  /** As it is written, quotes included. */
  readonly start: number;
  readonly end: number;
  /** It stands below what tells a plugin what to push. */
  readonly isPushed: boolean;
  readonly isImage: boolean;
}

function textsIn(document: Document): Text[] {
  const found: Text[] = [];
  visit(document, {
    Scalar: (key, node, path) => {
      const [start, end] = node.range ?? [];
      if (key === 'key' || typeof node.value !== 'string' || start === undefined || end === undefined) return;
      const keys = path.filter(isPair).map((pair) => String(pair.key));
      found.push({
        ...{ node: node as Scalar<string>, start, end, isImage: keys.at(-1) === 'image' },
        isPushed: keys.some((each) => ['settings', 'repo', 'tags'].includes(each)),
      });
    },
  });
  return found;
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
