import { posix } from 'node:path';
import { imageAt, spellingsOf } from '../estate/derived/references';
import type { Estate } from '../estate/estate';
import type { AppStack } from '../stacks/app';
import type { MonitoringStack } from '../stacks/monitoring';
import type { VaultStack } from '../stacks/vault';
import { dnsTree } from '../trees/dns';
import { registryStacksTree } from '../trees/registry-stacks';
import { registryVmTree } from '../trees/registry-vm';
import type { TreeFile } from '../trees/tree-file';
import type { SynthesizedStack } from '../stacks/synthesize';
import type { Deliverable, Files, ImageRefs, JsonObject, PipelineImages } from './deliverable';

/** Files of the tree that no Terraform declares. */
export function filesOf(estate: Estate): Files[] {
  const { registryVm, stacks } = estate;
  const pipelines = registryStacksTree(estate);
  const all: Omit<Files, 'kind'>[] = [
    // Its pipeline takes the place of the predecessor's of the same name.
    {
      ...{ stack: 'registry-vm', folder: registryVm?.treeFolder ?? '', files: registryVmTree(estate) },
      takesOver: ['.woodpecker/registry-config-sync.yml'],
    },
    {
      ...{ stack: 'registry-stacks', folder: posix.dirname(pipelines[0]?.path ?? ''), files: pipelines },
      takesOver: [],
    },
    { stack: 'dns', folder: stacks.dnsFolder, files: dnsTree(estate), takesOver: [] },
  ];
  return all.filter(({ files }) => files.length > 0).map((one) => ({ kind: 'files', ...one }));
}

/** The images that hand-written pipelines run in; a rendered one names its image itself. */
export function pipelineImagesDeliverable(estate: Estate, rendered: readonly TreeFile[]): PipelineImages[] {
  const { pipelineImages, pipelineSteps: steps, forgejo } = estate;
  const images = pipelineImages.flatMap(({ image: name, cutOver: moved }) => {
    const image = estate.images.find((row) => row.name === name);
    if (image === undefined) return [];
    const { host, repository } = imageAt(estate, image, moved ? 'forgejo' : 'source');
    const spellings = spellingsOf(estate, image);
    const isTarget = (spelling: string): boolean => spelling.startsWith(`${forgejo.host}/`);
    const stays = spellings.filter((spelling) => isTarget(spelling) === moved);
    return [{ name, moved, repository: `${host}/${repository}`, spellings, stays }];
  });
  const ours = rendered.map(({ path }) => path);
  const where = { kind: 'pipeline-images', stack: 'pipelines', folder: '.woodpecker' } as const;
  return images.length === 0 ? [] : [{ ...where, images, steps, ours }];
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
