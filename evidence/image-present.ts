import { imageAt, targetTags } from '../estate/derived/references';
import type { Estate } from '../estate/estate';
import type { Image } from '../estate/images';
import type { Look, Measured } from './measured';
import type { Sources } from './sources';
import { digestOf, missingParts } from './whole-image';

export interface OfImage extends Pick<Sources, 'target' | 'sourceOf'> {
  readonly estate: Estate;
  readonly image: Image;
}

/**
 * Each tag of an image, whole in the target: every manifest, config and layer is there. It has the source's digest where
 * the source has that tag; fire-planner was moved to a tag that neither side had (2026-05-07).
 */
export async function measureImagePresent(props: OfImage): Promise<Measured> {
  const { estate, image, target, sourceOf } = props;
  const [from, to] = [imageAt(estate, image, 'source'), imageAt(estate, image, 'forgejo')];
  const source = sourceOf(from.host);
  const looks: Look[] = [];
  for (const tag of targetTags(image)) {
    const what = `${to.repository}:${tag}`;
    const digest = await digestOf(target, to.repository, tag);
    if (digest === undefined) {
      looks.push({ what, holds: false, saw: `${to.host} has no such tag` });
      continue;
    }
    const missing = await missingParts(target, to.repository, digest);
    const original = (await digestOf(source, from.repository, tagAtSource(image, tag))) ?? 'no such tag';
    const isSame = original === digest || original === 'no such tag';
    looks.push({
      what,
      holds: missing.length === 0 && isSame,
      saw: [
        digest,
        ...missing.map((part) => `misses ${part}`),
        original === digest ? `the same at ${from.host}` : `${from.host}: ${original}`,
      ].join(', '),
    });
  }
  return { source: `${to.host} and ${from.host}`, looks };
}

/** The target's tags are in lower case. */
const tagAtSource = (image: Image, tag: string): string =>
  [image.tag, ...(image.otherTags ?? [])].find((each) => each.toLowerCase() === tag) ?? tag;
