import { ServerError } from '../clients/http/errors';
import type { RegistryClient } from '../clients/oci/client';
import { parseManifest, type Descriptor } from '../clients/oci/manifest';

/** The most manifests and blobs of one image that are asked for. */
const maxParts = 10_000;

/** The digest of a tag, or undefined where there is none. */
export async function digestOf(
  client: RegistryClient,
  repository: string,
  tag: string,
): Promise<string | undefined> {
  try {
    return (await client.getManifest(repository, tag)).digest;
  } catch (error) {
    if (error instanceof ServerError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

/**
 * What of an image its registry does not have, or not of the size that it must have; each part is asked for once. What
 * cannot be asked, for the moment or with this login, is no answer.
 * @throws ServerError, and where an image has more parts than any that was built
 */
export async function missingParts(
  client: RegistryClient,
  repository: string,
  digest: string,
): Promise<readonly string[]> {
  const missing: string[] = [];
  const seen = new Set<string>();
  const isNew = (part: string): boolean => {
    if (seen.size === maxParts)
      throw new Error(
        `${repository}@${digest}: is made of too much to be looked at, got more than ${maxParts} parts; push an image with fewer`,
      );
    return seen.size < seen.add(part).size;
  };
  const look = async (manifestDigest: string): Promise<void> => {
    const served = await unless(client.getManifest(repository, manifestDigest), missing, manifestDigest);
    if (served === undefined) return;
    const manifest = parseManifest(served.body, served.mediaType);
    if (manifest.kind === 'index') {
      for (const child of manifest.children) if (isNew(child.digest)) await look(child.digest);
      return;
    }
    const isOurs = ({ urls = [] }: Descriptor): boolean => urls.length === 0;
    for (const blob of [manifest.config, ...manifest.layers].filter(isOurs))
      if (isNew(blob.digest)) await unless(client.statBlob(repository, blob), missing, blob.digest);
  };
  await look(digest);
  return missing;
}

const lost = new Set(['not-found', 'digest-mismatch', 'size-mismatch', 'malformed']);

async function unless<T>(asked: Promise<T>, missing: string[], part: string): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof ServerError) || !lost.has(error.kind)) throw error;
    missing.push(part);
    return undefined;
  }
}
