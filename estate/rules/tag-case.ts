import type { Image } from '../images';
import type { Rule } from './rule';

/** Forgejo lower-cases tags and names: `V1.0` and `v1.0` of a case-sensitive registry become one tag there. */
export const tagCase: Rule = (estate) =>
  estate.images
    .filter(({ source }) => source.registry !== 'forgejo')
    .flatMap((image) =>
      collisionsOf(image).map(
        (tags) =>
          `estate.images["${image.name}"]: tags that differ in case alone become one in Forgejo, got "${tags.join('" and "')}"; rename all but one at the source`,
      ),
    );

function collisionsOf({ tag, otherTags = [] }: Image): string[][] {
  const tags = [...new Set([tag, ...otherTags])].sort();
  const lower = [...new Set(tags.map((name) => name.toLowerCase()))];
  return lower
    .map((name) => tags.filter((other) => other.toLowerCase() === name))
    .filter((group) => group.length > 1);
}
