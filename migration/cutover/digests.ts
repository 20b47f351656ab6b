import { parseManifest } from '../../clients/oci/manifest';
import type { RegistryClient } from '../../clients/oci/client';
import { imageAt } from '../../estate/derived/references';
import type { Estate } from '../../estate/estate';
import type { Image } from '../../estate/images';
import type { Sources } from '../../evidence/sources';
import { digestOf, missingParts } from '../../evidence/whole-image';
import { tagOf } from './consumers';

/** What the registries know of the reference that will run. */
export interface Digests {
  readonly source: string | undefined;
  readonly target: string | undefined;
  /** What a node may report as running: the reference's own digest, and each platform's. */
  readonly expected: readonly string[];
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Both registries are asked for the reference itself. What neither has runs from a node's cache alone, and what the one that
 * is moved to has not, or not whole, is not moved to.
 */
export async function digestsOf(
  {
    estate,
    to,
    registries,
  }: {
    readonly estate: Estate;
    readonly to: 'forgejo' | 'source';
    readonly registries: Pick<Sources, 'target' | 'sourceOf'>;
  },
  image: Image,
  rest: string,
): Promise<Digests> {
  const [there, here] = [imageAt(estate, image, 'source'), imageAt(estate, image, 'forgejo')];
  const { tag, digest = tag ?? '' } = tagOf(rest);
  const sourceClient = registries.sourceOf(there.host);
  const source = await digestOf(sourceClient, there.repository, digest);
  const target = await digestOf(registries.target, here.repository, digest);
  const moving = to === 'forgejo';
  const [wanted, client, place] = moving
    ? ([target, registries.target, here] as const)
    : ([source, sourceClient, there] as const);
  if (wanted === undefined)
    return {
      ...{ source, target, expected: [], notes: [] },
      faults: [
        source === undefined && target === undefined
          ? `is in neither registry, so that it runs from a node's cache alone, got no such tag or digest at "${there.host}" or "${here.host}"; push it again, or deploy a build that is there`
          : moving
            ? `was not copied, got no such tag or digest at "${here.host}"; copy it, then ./registry evidence collect image-present/${image.name}`
            : `is not where it would go back to, got no such tag or digest at "${there.host}"; copy it back first`,
      ],
    };
  const missing = await missingParts(client, place.repository, wanted);
  const other = moving ? source : target;
  // What is not whole may be no manifest either, and goes nowhere.
  const platforms = missing.length > 0 ? [] : await platformsOf(client, place.repository, wanted);
  return {
    ...{ source, target, expected: [wanted, ...platforms] },
    faults: [
      ...missing.map((part) => `is not whole, got no ${part} at "${place.host}"; copy it again`),
      ...(moving && source !== undefined && source !== target
        ? [
            `is another image there, got "${wanted}" where "${there.host}" has "${source}"; copy it again, or correct its tag`,
          ]
        : []),
    ],
    notes: other === undefined ? [`is at "${place.host}" alone, and cannot be compared`] : [],
  };
}

async function platformsOf(
  client: RegistryClient,
  repository: string,
  digest: string,
): Promise<readonly string[]> {
  const { body, mediaType } = await client.getManifest(repository, digest);
  const manifest = parseManifest(body, mediaType);
  return manifest.kind === 'index' ? manifest.children.map((child) => child.digest) : [];
}
