import { ServerError } from '../clients/http/errors';
import type { RegistryClient, ServedManifest } from '../clients/oci/client';
import { parseManifest, type Descriptor } from '../clients/oci/manifest';

/**
 * When an image was built: what its configuration says, an index's by its first platform. Undefined where that cannot be
 * read, says nothing, or the epoch of a reproducible build.
 * @throws ServerError that another try may not meet
 */
export async function createdAt(
  client: RegistryClient,
  repository: string,
  served: ServedManifest,
  read: (config: Descriptor) => Promise<Buffer> = ({ digest }) => client.getBlob(repository, digest),
): Promise<number | undefined> {
  try {
    const manifest = parseManifest(served.body, served.mediaType);
    if (manifest.kind === 'index') {
      const child = manifest.children.find(({ platform }) => platform?.os !== 'unknown');
      if (child === undefined) return undefined;
      return await createdAt(client, repository, await client.getManifest(repository, child.digest), read);
    }
    const config: unknown = JSON.parse((await read(manifest.config)).toString('utf8'));
    const created = (config as { created?: unknown } | null)?.created;
    const ms = typeof created === 'string' ? Date.parse(created) : Number.NaN;
    return ms > 0 ? ms : undefined;
  } catch (error) {
    if (error instanceof ServerError && error.temporary) throw error;
    return undefined;
  }
}
