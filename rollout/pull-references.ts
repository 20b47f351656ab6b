import { presentLegacy } from '../estate/derived/legacy-registry';
import { canaryImage, imageAt } from '../estate/derived/references';
import type { Estate } from '../estate/estate';
import { formatImageReference } from '../estate/image-reference';
import { isAtLeast } from '../estate/phases';

/**
 * What a node must be able to pull in the estate's phase: the probe's canary, from every registry that asks for the
 * cluster's login. Forgejo has it once the dual push was proven, which the phase `bake` rests on.
 */
export function pullReferences(estate: Estate): readonly string[] {
  const image = canaryImage(estate);
  const from = (side: 'source' | 'forgejo'): string =>
    formatImageReference({ ...imageAt(estate, image, side), tag: image.tag });
  return [
    ...(presentLegacy(estate) === undefined || image.source.registry !== 'legacy' ? [] : [from('source')]),
    ...(isAtLeast(estate.phase, 'bake') ? [from('forgejo')] : []),
  ];
}
