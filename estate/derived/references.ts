import type { App, Pull } from '../apps';
import type { Estate } from '../estate';
import type { Image } from '../images';
import { formatImageReference, type ImageReference } from '../image-reference';
import { hubSpellings, registrySpellings, sourceHost } from './registries';

/** Host and path of an image on either side of the migration, without its tag. */
export function imageAt(
  estate: Estate,
  image: Image,
  side: 'source' | 'forgejo',
): { readonly host: string; readonly repository: string } {
  return side === 'source'
    ? { host: sourceHost(estate, image), repository: image.source.repository }
    : { host: estate.forgejo.host, repository: `${estate.forgejo.packages.owner}/${image.name}` };
}

/** Every tag that the target must hold for this image, as the target will spell it. */
export function targetTags(image: Image): string[] {
  return [...new Set([image.tag, ...(image.otherTags ?? [])].map((tag) => tag.toLowerCase()))].sort();
}

/** The reference that an app pulls today: the only way stacks obtain one. */
export function pulledReference(estate: Estate, app: App, pull: Pull): ImageReference {
  const image = imageOf(estate, pull);
  return {
    ...imageAt(estate, image, app.cutOver ? 'forgejo' : 'source'),
    tag: image.tag,
    ...(image.digest === undefined ? {} : { digest: image.digest }),
  };
}

/** The row of `images.ts` that a pull names. Validation has made sure that there is one. */
export function imageOf(estate: Estate, pull: Pull): Image {
  const image = estate.images.find(({ name }) => name === pull.image);
  if (image === undefined) throw new Error(`estate.images: has no "${pull.image}"; add its row`);
  return image;
}

/** Every reference to the target that this estate names, or a roll-back would: retention keeps all of them. */
export function targetReferences(estate: Estate): string[] {
  return estate.images
    .flatMap((image) =>
      targetTags(image).map((tag) => formatImageReference({ ...imageAt(estate, image, 'forgejo'), tag })),
    )
    .sort();
}

/** Every `host/repository` that a hand-written reference to this image may begin with; the first is its source. */
export function spellingsOf(estate: Estate, image: Image): string[] {
  const { registry, repository } = image.source;
  const isHub = registry === 'docker.io';
  const hosts = [
    sourceHost(estate, image),
    ...(isHub ? hubSpellings(estate) : registrySpellings(estate, registry)),
  ];
  const source = hosts.map((host) => `${host}/${repository}`);
  const short = isHub ? [repository] : [];
  const target = imageAt(estate, image, 'forgejo');
  return [...new Set([...source, ...short, `${target.host}/${target.repository}`])];
}

/** The row of the image that every probe pulls whole, and nodes pull after a rollout. */
export function canaryImage(estate: Estate): Image {
  const name = estate.integrityProbe.canary;
  const image = estate.images.find((row) => row.name === name);
  if (image === undefined)
    throw new Error(
      `estate.integrityProbe.canary: names no image, got "${name}"; add its row to estate.images`,
    );
  return image;
}
