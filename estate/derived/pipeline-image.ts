import type { Estate } from '../estate';
import { formatImageReference } from '../image-reference';
import { imageAt } from './references';

/** The reference of an image that a pipeline runs in, from where pipelines pull it. @param where names it in messages */
export function pipelineImage(estate: Estate, name: string | undefined, where: string): string {
  const image = estate.images.find((each) => each.name === name);
  if (image === undefined) throw new Error(`${where}: has no image, got "${name ?? ''}"; add its row`);
  const moved = estate.pipelineImages.some((row) => row.image === image.name && row.cutOver);
  const side = moved ? 'forgejo' : 'source';
  return formatImageReference({ ...imageAt(estate, image, side), tag: image.tag });
}
