import type { RegistryClient } from '../../clients/oci/client';
import { parseManifest } from '../../clients/oci/manifest';

/** Digest and size in bytes of each manifest and blob that an image is made of. */
export type ImageParts = ReadonlyMap<string, number>;

/**
 * Reads an image's manifest and, of an index, every child; throws at the first that does not answer with its own bytes.
 * Blobs are only named: whether they are there is the integrity probe's question.
 */
export async function partsOf(
  client: RegistryClient,
  repository: string,
  reference: string,
): Promise<ImageParts> {
  const { body, digest, mediaType } = await client.getManifest(repository, reference);
  const manifest = parseManifest(body, mediaType);
  const parts = new Map([[digest, body.byteLength]]);
  if (manifest.kind === 'image')
    for (const blob of [manifest.config, ...manifest.layers]) parts.set(blob.digest, blob.size);
  else
    for (const child of manifest.children)
      for (const [part, size] of await partsOf(client, repository, child.digest)) parts.set(part, size);
  return parts;
}
