import { RegistryError } from '../clients/http/errors';
import type { RegistryClient } from '../clients/oci/client';
import { parseManifest, type Descriptor } from '../clients/oci/manifest';
import { imageAt, targetTags } from '../estate/derived/references';
import type { Estate } from '../estate/estate';
import type { Image } from '../estate/images';
import type { Look, Measured } from './measured';

export interface ImagePresentProps {
  readonly estate: Estate;
  readonly image: Image;
  readonly target: RegistryClient;
  /** By the host that references name. */
  readonly sourceOf: (host: string) => RegistryClient;
}

/**
 * Each tag of an image, whole in the target: every manifest, config and layer is there. It has the source's digest where
 * the source has that tag; fire-planner was moved to a tag that neither side had (2026-05-07).
 */
export async function measureImagePresent(props: ImagePresentProps): Promise<Measured> {
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

async function digestOf(
  client: RegistryClient,
  repository: string,
  tag: string,
): Promise<string | undefined> {
  try {
    return (await client.getManifest(repository, tag)).digest;
  } catch (error) {
    if (error instanceof RegistryError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

/** Digests below a manifest that the registry does not have, or not of the size that they must have. */
async function missingParts(client: RegistryClient, repository: string, digest: string): Promise<string[]> {
  const served = await client.getManifest(repository, digest).catch((error: unknown) => {
    if (error instanceof RegistryError && !error.temporary) return undefined;
    throw error;
  });
  if (served === undefined) return [digest];
  const manifest = parseManifest(served.body, served.mediaType);
  const missing: string[] = [];
  if (manifest.kind === 'index') {
    for (const child of manifest.children)
      missing.push(...(await missingParts(client, repository, child.digest)));
    return missing;
  }
  const isOurs = ({ urls = [] }: Descriptor): boolean => urls.length === 0;
  for (const blob of [manifest.config, ...manifest.layers].filter(isOurs)) {
    try {
      await client.statBlob(repository, blob);
    } catch (error) {
      if (!(error instanceof RegistryError) || error.temporary) throw error;
      missing.push(blob.digest);
    }
  }
  return missing;
}
