import { posix } from 'node:path';
import { imageAt, spellingsOf } from '../estate/derived/references';
import type { Estate } from '../estate/estate';
import type { AppStack } from '../stacks/app';
import type { MonitoringStack } from '../stacks/monitoring';
import type { VaultStack } from '../stacks/vault';
import type { TreeDocuments } from '../trees/documents';
import type { TreeFile } from '../trees/tree-file';
import type { SynthesizedStack } from '../stacks/synthesize';
import type { Deliverable, Documents, Files, ImageRefs, JsonObject, PipelineImages } from './deliverable';

const filesOf = (
  stack: string,
  folder: string,
  files: readonly TreeFile[],
  takesOver: readonly string[] = [],
): Files => ({ kind: 'files', stack, folder, files, takesOver });

/** What the registry VM and its pipeline bring. Its pipeline takes the place of the predecessor's of the same name. */
export const registryVmDeliverable = ({ registryVm }: Estate, files: readonly TreeFile[]): Files[] =>
  registryVm === undefined
    ? []
    : [filesOf('registry-vm', registryVm.treeFolder, files, ['.woodpecker/registry-config-sync.yml'])];

/** The pipelines that plan, apply and watch what is delivered. */
export const registryStacksDeliverable = (files: readonly TreeFile[]): Files[] =>
  files.slice(0, 1).map(({ path }) => filesOf('registry-stacks', posix.dirname(path), files));

/** What the DNS servers are given; nothing in the tree reads it by itself. */
export const dnsDeliverable = ({ stacks }: Estate, files: readonly TreeFile[]): Files =>
  filesOf('dns', stacks.dnsFolder, files);

/** What the tree's pages say of images. */
export const documentsDeliverable = (documents: TreeDocuments): Documents => ({
  ...{ kind: 'documents', stack: 'documents' },
  ...documents,
});

/** The images that hand-written pipelines run in; a rendered one names its image itself. */
export function pipelineImagesDeliverable(estate: Estate, rendered: readonly TreeFile[]): PipelineImages[] {
  const { pipelineImages, pipelineSteps, forgejo } = estate;
  const images = pipelineImages.flatMap(({ image: name, cutOver: moved }) => {
    const image = estate.images.find((row) => row.name === name);
    if (image === undefined) return [];
    const { host, repository } = imageAt(estate, image, moved ? 'forgejo' : 'source');
    const spellings = spellingsOf(estate, image);
    const isTarget = (spelling: string): boolean => spelling.startsWith(`${forgejo.host}/`);
    const stays = spellings.filter((spelling) => isTarget(spelling) === moved);
    return [{ name, moved, repository: `${host}/${repository}`, spellings, stays }];
  });
  if (images.length === 0) return [];
  const ours = rendered.map(({ path }) => path);
  return [
    {
      ...{ kind: 'pipeline-images', stack: 'pipelines', folder: '.woodpecker' },
      images,
      steps: pipelineSteps,
      ours,
    },
  ];
}

/** What each synthesized stack brings into the tree, and where the estate says it goes. */
export function deliverablesOf(estate: Estate, stacks: readonly SynthesizedStack[]): Deliverable[] {
  return stacks.flatMap(({ name, stack, text, files }): Deliverable[] => {
    if (isAppStack(stack)) return imageRefs(name, stack);
    const json = JSON.parse(text) as JsonObject;
    const drop = stack.cdktfFormOnly;
    if (stack.kind === 'whole') return [{ kind: 'whole', stack: name, json, drop, files }];
    const modules: Record<string, { readonly folder: string }> = estate.stacks.shared;
    const modulePath = modules[name]?.folder;
    if (modulePath === undefined)
      throw new Error(
        `estate.stacks.shared: has no folder for a shared stack, got "${name}"; add its module`,
      );
    const loaded = 'alertRules' in stack ? { alertRules: (stack as MonitoringStack).alertRules } : {};
    const narrows = 'narrowed' in stack ? { narrowed: (stack as VaultStack).narrowed } : {};
    return [{ kind: 'shared', stack: name, modulePath, json, drop, files, ...loaded, ...narrows }];
  });
}

function isAppStack(stack: SynthesizedStack['stack']): stack is AppStack {
  return 'images' in stack;
}

function imageRefs(stack: string, { images }: AppStack): ImageRefs[] {
  const folders = [...new Set(images.map(({ folder }) => folder))];
  return folders.map((folder) => ({
    kind: 'image-refs',
    stack,
    folder,
    images: images.filter((image) => image.folder === folder),
  }));
}
