import { posix } from 'node:path';
import type { Change, StackPlan } from './change';
import type { DeliveredImage, ImageRefs } from './deliverable';
import { DeliveryRefused } from './fault';
import {
  declaredTwice,
  folderFaults,
  foreignJsonFaults,
  imagesFileName,
  offerTerragrunt,
  writeGenerated,
} from './folder';
import { renderGenerated } from './generated-file';
import { jsonAddresses, type HclFile, type ParseHcl } from './hcl';
import {
  editImages,
  imageLocal,
  imageLocals,
  imageSites,
  repositoryLocal,
  type ImageSite,
} from './image-edit';
import { callFaults } from './module-call';
import { referencesBelow } from './references';
import { readGenerated, readHandWritten } from './terragrunt';
import type { Tree } from './tree';

interface PlacedSite extends ImageSite {
  readonly path: string;
}

/** The plan of an app's image references: a generated locals file, and each literal spelling becomes a reference to it. */
export async function planImageRefs(tree: Tree, refs: ImageRefs, parse: ParseHcl): Promise<StackPlan> {
  const folder = posix.normalize(refs.folder);
  const faults = folderFaults(tree, refs.stack, folder);
  if (faults.length > 0) throw new DeliveryRefused(faults);
  const generated = await readGenerated(tree, `stacks/${refs.stack}`, parse);
  const hidden = folder === `stacks/${refs.stack}` ? generated.fileNames : new Set<string>();
  const files = await readHandWritten(tree, folder, { ...generated, fileNames: hidden }, parse);
  const locals = imageLocals(refs.images);
  const isOurs = (address: string): boolean =>
    address.startsWith('local.') && address.slice('local.'.length) in locals;
  const sites = files.flatMap((file) =>
    imageSites(file, refs.images).map((site): PlacedSite => ({ ...site, path: file.path })),
  );
  faults.push(
    ...(await callFaults(tree, refs.stack, folder, generated, parse)),
    ...declaredTwice(files),
    ...foreignJsonFaults(tree, folder, imagesFileName, isOurs, jsonAddresses),
    ...files.flatMap((file) =>
      file.blocks
        .flatMap(({ declares }) => declares)
        .filter(({ address }) => isOurs(address))
        .map(
          ({ address, line }) =>
            `${file.path}:${line.toString()}: "${address}" is declared here and would be declared twice; rename it, the generated file owns that name`,
        ),
    ),
    ...sites
      .filter(({ obstacle }) => obstacle !== undefined)
      .map(
        (site) =>
          `${placeOf(site)}: ${site.obstacle ?? ''}, got "${site.literal}"; spell the image in a local or where it is used`,
      ),
    ...refs.images.flatMap((image) => imageFaults(folder, image, sites, files)),
  );
  if (faults.length > 0) throw new DeliveryRefused(faults);

  const edits: Change[] = [];
  for (const file of files) {
    const here = sites.filter(({ path }) => path === file.path);
    if (here.length === 0) continue;
    edits.push({
      path: file.path,
      kind: 'edit',
      before: file.text,
      after: await editImages(file, here, parse),
      why: `${here.map(({ line, attribute }) => `${attribute} (line ${line.toString()})`).join(', ')} refers to ${imagesFileName}`,
      takesOver: [],
    });
  }
  const written = writeGenerated(tree, `${folder}/${imagesFileName}`, renderGenerated({ locals }), {
    why: `the images of "${refs.stack}"`,
    takesOver: [],
  });
  return {
    stack: refs.stack,
    changes: [...offerTerragrunt(tree, refs.stack), ...written, ...edits],
    notes: sites
      .filter(({ tag, image }) => tag !== undefined && tag !== image.tag)
      .map(
        (site) => `${placeOf(site)}: the tag changes from "${site.tag ?? ''}" to "${site.image.tag ?? ''}"`,
      ),
  };
}

function imageFaults(
  folder: string,
  image: DeliveredImage,
  sites: readonly PlacedSite[],
  files: readonly HclFile[],
): string[] {
  const own = sites.filter((site) => site.image === image);
  const tagged = own.filter(({ tag }) => tag !== undefined);
  const spelled = `"${image.repository}"`;
  if (own.length === 0) {
    const names = [repositoryLocal(image), imageLocal(image)].map((name) => `local.${name}`);
    const referred = files.some((file) =>
      referencesBelow(file.root).some(({ address }) => names.includes(address)),
    );
    if (referred) return [];
    return [
      `${folder}: no attribute holds the image ${spelled} in any known spelling (${[...new Set(image.spellings)].sort().join(', ')}); correct the folder or the spellings in the estate`,
    ];
  }
  if (image.tag === undefined) {
    return tagged.map(
      (site) =>
        `${placeOf(site)}: spells the tag "${site.tag ?? ''}" but the estate says that Terraform's variables own the tag of ${spelled}; give the image a tag in the estate, or a variable here`,
    );
  }
  const tags = [...new Set(tagged.map(({ tag }) => tag))];
  if (tags.length < 2) return [];
  return [
    `${tagged.map(placeOf).join(', ')}: ${spelled} is spelled with the tags ${tags.map((tag) => `"${tag ?? ''}"`).join(', ')}, the estate owns one, "${image.tag}"; make them one, or tell the images apart in the estate`,
  ];
}

const placeOf = (site: PlacedSite): string => `${site.path}:${site.line.toString()}`;
