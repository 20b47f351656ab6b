import type { Estate } from '../estate/estate';
import { formatImageReference } from '../estate/image-reference';
import { isAtLeast } from '../estate/phases';
import { imageAt } from '../estate/references';

/**
 * What a node must be able to pull in the estate's phase: the probe's canary, from every registry that asks for the
 * cluster's login. Forgejo has it once the dual push was proven, which the phase `bake` rests on.
 */
export function pullReferences(estate: Estate): readonly string[] {
  const { phase, images, integrityProbe } = estate;
  const { image: name, tag } = integrityProbe.canary;
  const image = images.find((row) => row.name === name);
  if (image === undefined) throw new Error(`estate.images: has no "${name}"; add its row`);
  const from = (side: 'source' | 'forgejo'): string =>
    formatImageReference({ ...imageAt(estate, image, side), tag });
  return [
    ...(isAtLeast(phase, 'decommission') || image.source.registry !== 'legacy' ? [] : [from('source')]),
    ...(isAtLeast(phase, 'bake') ? [from('forgejo')] : []),
  ];
}
