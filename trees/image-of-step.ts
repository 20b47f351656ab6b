import { imageAt } from '../estate/derived/references';
import type { Estate } from '../estate/estate';
import { formatImageReference } from '../estate/image-reference';
import { isAtLeast } from '../estate/phases';

/** The image that a pipeline's step runs in, from where its phase pulls. */
export function imageOfStep(estate: Estate, pipeline: string): string {
  const step = estate.pipelineSteps.find(({ file }) => file === pipeline);
  const image = estate.images.find(({ name }) => name === step?.image);
  if (image === undefined)
    throw new Error(
      `estate.pipelineSteps: has no image for "${pipeline}", got "${step?.image ?? ''}"; add its row`,
    );
  const side = isAtLeast(estate.phase, 'cutover') ? 'forgejo' : 'source';
  return formatImageReference({ ...imageAt(estate, image, side), tag: image.tag });
}
