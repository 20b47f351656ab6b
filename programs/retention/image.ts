import type { RegistryClient } from '../../clients/oci/client';
import { parseManifest } from '../../clients/oci/manifest';

/** Digest and size in bytes of each manifest and blob that an image is made of. */
export type ImageParts = ReadonlyMap<string, number>;

/** An index of indexes of this depth, or of more parts, is no image, and would not fit the memory of the job. */
const MAX_DEPTH = 8;
const MAX_PARTS = 10_000;

/**
 * Reads an image's manifest and, of an index, every child, each once; throws at the first that does not answer with its own
 * bytes. Blobs are only named: whether they are there is the integrity probe's question.
 */
export async function partsOf(
  client: RegistryClient,
  repository: string,
  reference: string,
): Promise<ImageParts> {
  const parts = new Map<string, number>();
  const add = async (wanted: string, depth: number): Promise<void> => {
    const { body, digest, mediaType } = await client.getManifest(repository, wanted);
    const manifest = parseManifest(body, mediaType);
    parts.set(digest, body.byteLength);
    if (manifest.kind === 'image')
      for (const blob of [manifest.config, ...manifest.layers]) parts.set(blob.digest, blob.size);
    if (parts.size > MAX_PARTS || depth > MAX_DEPTH)
      throw new Error(
        `${repository}:${reference}: too much to be looked at, got ${parts.size} parts on ${depth} levels; push an image with fewer`,
      );
    if (manifest.kind === 'index')
      for (const child of manifest.children) if (!parts.has(child.digest)) await add(child.digest, depth + 1);
  };
  await add(reference, 1);
  return parts;
}
