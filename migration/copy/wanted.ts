import { parseReference, type Reference } from '../../clients/oci/reference';
import { registrySpellings } from '../../estate/derived/registries';
import { spellingsOf } from '../../estate/derived/references';
import type { Estate } from '../../estate/estate';
import type { Image } from '../../estate/images';

/** An image as somebody spells it. */
export interface Named {
  readonly reference: string;
  /** Kind and name of an object, or file and line. */
  readonly by: string;
  /** Whether somebody has to pull it; else it tells only what once ran. */
  readonly told: boolean;
}

export interface Wanted {
  readonly image: Image;
  /** Who names each tag. */
  readonly tags: ReadonlyMap<string, readonly string[]>;
  /** Content that is named by its digest. */
  readonly digests: ReadonlyMap<string, Named>;
}

/** The tags and digests of each image that anybody names; a fault for each image of the legacy registry that has no row. */
export function wantedOf(
  estate: Estate,
  names: readonly Named[],
): { readonly wanted: readonly Wanted[]; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const tags = new Map<Image, Map<string, string[]>>();
  const digests = new Map<Image, Map<string, Named>>();
  const add = (image: Image, tag: string, by: string): void => {
    const ofImage = tags.get(image) ?? new Map<string, string[]>();
    tags.set(image, ofImage.set(tag, [...(ofImage.get(tag) ?? []), by]));
  };
  for (const image of estate.images)
    for (const tag of [image.tag, ...(image.otherTags ?? [])]) add(image, tag, 'estate/images.ts');
  const legacy = registrySpellings(estate, 'legacy');
  for (const named of names) {
    const reference = read(named.reference);
    if (reference === undefined) continue;
    const { host, repository, tag, digest } = reference;
    const spelled = `${host.toLowerCase()}/${repository}`;
    const image = estate.images.find((row) => spellingsOf(estate, row).includes(spelled));
    if (image === undefined) {
      if (legacy.includes(host.toLowerCase()))
        faults.push(
          `${named.by}: pulls an image that the estate does not know, got "${named.reference}"; add its row to estate/images.ts`,
        );
    } else if (digest !== undefined)
      digests.set(image, (digests.get(image) ?? new Map<string, Named>()).set(digest, named));
    else add(image, tag ?? 'latest', named.by);
  }
  const nothing = new Map<never, never>();
  return {
    wanted: estate.images.map((image) => ({
      image,
      tags: tags.get(image) ?? nothing,
      digests: digests.get(image) ?? nothing,
    })),
    faults,
  };
}

/** Undefined for what is no reference as it stands, such as one with a variable in it: the estate has its tag. */
function read(text: string): Reference | undefined {
  try {
    return parseReference(text.trim().replace(/^[a-z-]+:\/\//iu, ''));
  } catch {
    return undefined;
  }
}
