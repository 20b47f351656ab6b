import { posix } from 'node:path';
import { lineOf } from '../hcl/nodes';
import type { HclFile, ParseHcl } from '../hcl/read';
import { referencesBelow } from '../hcl/references';
import type { Change, StackPlan } from './change';
import type { DeliveredImage, ImageRefs } from './deliverable';
import { Refused } from '../steps/refused';
import { declaredTwice, folderFaults, imagesFileName, offerTerragrunt, writeGenerated } from './folder';
import { foreignJsonFaults } from './foreign-json';
import { renderGenerated } from './generated-file';
import { editImages, imageSites, localOf, referenceOf, type ImageSite } from './image-edit';
import { callFaults } from './module-call';
import { oursOf } from './ours';
import { retired } from './retired';
import { spellingsIn } from './spelling';
import { readGenerated, readHandWritten } from './terragrunt';
import type { Tree } from './tree';

interface PlacedSite extends ImageSite {
  readonly path: string;
}

/** The plan of an app's image references: a generated locals file, and each literal spelling becomes a reference to it. */
export async function planImageRefs(tree: Tree, refs: ImageRefs, parse: ParseHcl): Promise<StackPlan> {
  const folder = posix.normalize(refs.folder);
  const faults = folderFaults(tree, refs.stack, folder);
  if (faults.length > 0) throw new Refused(faults);
  const generated = await readGenerated(tree, `stacks/${refs.stack}`, parse);
  const hidden = folder === `stacks/${refs.stack}` ? generated.fileNames : new Set<string>();
  const files = await readHandWritten(tree, folder, { ...generated, fileNames: hidden }, parse);
  const locals = Object.fromEntries(refs.images.map((image) => [localOf(image), referenceOf(image)]));
  const ours = oursOf({ locals });
  const sites = files.flatMap((file) =>
    imageSites(file, refs.images).map((site): PlacedSite => ({ ...site, path: file.path })),
  );
  faults.push(
    ...(await callFaults(tree, refs.stack, folder, generated, parse, false)),
    ...declaredTwice(files),
    ...foreignJsonFaults(tree, folder, ours),
    ...files.flatMap((file) =>
      file.blocks
        .flatMap(({ declares }) => declares)
        .filter(({ address }) => ours.addresses.has(address))
        .map(
          ({ address, line }) =>
            `${file.path}:${line}: "${address}" is declared here and would be declared twice; rename it, the generated file owns that name`,
        ),
    ),
    ...sites
      .filter(({ obstacle }) => obstacle !== undefined)
      .map(
        (site) =>
          `${placeOf(site)}: ${site.obstacle ?? ''}, got "${site.literal}"; spell the image in a local or where it is used`,
      ),
    ...refs.images.flatMap((image) => imageFaults(folder, image, sites, files)),
    ...retired(tree, `${folder}/${imagesFileName}`, ours, files).faults,
  );
  if (faults.length > 0) throw new Refused(faults);

  const edits: Change[] = [];
  for (const file of files) {
    const here = sites.filter(({ path }) => path === file.path);
    if (here.length === 0) continue;
    edits.push({
      path: file.path,
      kind: 'edit',
      before: file.text,
      after: await editImages(file, here, parse),
      why: `${here.map(({ line, attribute }) => `${attribute} (line ${line})`).join(', ')} refers to ${imagesFileName}`,
    });
  }
  const generatedPath = `${folder}/${imagesFileName}`;
  const why = `the images of "${refs.stack}"`;
  const written = writeGenerated(tree, generatedPath, renderGenerated({ locals }), why);
  return {
    stack: refs.stack,
    changes: [...offerTerragrunt(tree, refs.stack), ...written, ...edits],
    notes: [
      ...comments(files, refs.images),
      ...sites
        .filter(({ tag, image }) => tag !== undefined && tag !== image.tag)
        .map(
          (site) => `${placeOf(site)}: the tag changes from "${site.tag ?? ''}" to "${site.image.tag ?? ''}"`,
        ),
    ],
  };
}

/** Comments are for people, so they stay; their reader should know where. */
function comments(files: readonly HclFile[], images: readonly DeliveredImage[]): string[] {
  return files.flatMap((file) => {
    const lines = file.comments
      .filter(({ text }) =>
        spellingsIn(text, images).some(
          ({ image, start, end }) => text.slice(start, end) !== image.repository,
        ),
      )
      .map((comment) => lineOf(comment).toString());
    return lines.length === 0
      ? []
      : [`${file.path}: a comment still spells an image and stays as it is (line ${lines.join(', ')})`];
  });
}

function imageFaults(
  folder: string,
  image: DeliveredImage,
  sites: readonly PlacedSite[],
  files: readonly HclFile[],
): string[] {
  const own = sites.filter((site) => site.image === image);
  if (own.length === 0) {
    const local = `local.${localOf(image)}`;
    if (files.some((file) => referencesBelow(file.root).some(({ address }) => address === local))) return [];
    return [
      `${folder}: no attribute holds the image of "${local}" in any known spelling, got none of ${[...new Set(image.spellings)].sort().join(', ')}; correct the folder or the spellings in the estate`,
    ];
  }
  const movable = own.filter(({ obstacle }) => obstacle === undefined);
  const wrong = movable.filter(({ tag }) => (tag === undefined) !== (image.tag === undefined));
  if (wrong.length > 0) {
    return wrong.map(({ tag, ...site }) =>
      tag === undefined
        ? `${placeOf(site)}: takes the tag of "${site.literal}" from an expression or not at all, but the estate gives "${referenceOf(image)}" with its tag; correct where the estate says the tag is, or write the tag here`
        : `${placeOf(site)}: spells the tag "${tag}", but the estate leaves the tag of "${referenceOf(image)}" to an expression; correct where the estate says the tag is, or take it from a variable here`,
    );
  }
  const tags = [...new Set(movable.map(({ tag }) => tag))];
  if (tags.length < 2) return [];
  return [
    `${movable.map(placeOf).join(', ')}: one image with several tags, got ${tags.map((tag) => `"${tag ?? ''}"`).join(', ')}, but the estate gives one, "${referenceOf(image)}"; make them one, or tell the images apart in the estate`,
  ];
}

const placeOf = (site: Pick<PlacedSite, 'path' | 'line'>): string => `${site.path}:${site.line}`;
