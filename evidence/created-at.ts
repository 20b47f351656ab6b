import { ServerError } from '../clients/http/errors';
import type { RegistryClient, ServedManifest } from '../clients/oci/client';
import { parseManifest } from '../clients/oci/manifest';

/**
 * When an image was built: what its configuration says, an index's by its first platform. Undefined where that cannot be
 * read, says nothing, or the epoch of a reproducible build.
 * @param read where digests of configurations are noted whose every byte was seen, and whether Forgejo can parse each
 * @throws ServerError that another try may not meet
 */
export async function createdAt(
  client: RegistryClient,
  repository: string,
  served: ServedManifest,
  read?: Map<string, boolean>,
): Promise<number | undefined> {
  try {
    const manifest = parseManifest(served.body, served.mediaType);
    if (manifest.kind === 'index') {
      const child = manifest.children.find(({ platform }) => platform?.os !== 'unknown');
      if (child === undefined) return undefined;
      return await createdAt(client, repository, await client.getManifest(repository, child.digest), read);
    }
    const { digest } = manifest.config;
    const text = (await client.getBlob(repository, digest)).toString('utf8');
    read?.set(digest, false);
    const config: unknown = JSON.parse(text);
    const created = (config as { created?: unknown } | null)?.created ?? undefined;
    const ms = typeof created === 'string' ? Date.parse(created) : Number.NaN;
    const isDated = created === undefined || !Number.isNaN(ms);
    read?.set(digest, typeof config === 'object' && !Array.isArray(config) && isDated);
    return ms > 0 ? ms : undefined;
  } catch (error) {
    if (error instanceof ServerError && error.temporary) throw error;
    return undefined;
  }
}
