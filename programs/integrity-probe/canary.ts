import type { RegistryClient } from '../../clients/oci/client';
import { parseManifest } from '../../clients/oci/manifest';
import { withGrace, WORK_GRACE_MS } from '../grace';
import type { HostlessReference } from './config';

/** What pulling one image whole told. */
export type CanaryResult =
  | { readonly pulled: true; readonly durationMs: number; readonly bytes: number }
  | { readonly pulled: false; readonly durationMs: number; readonly error: Error };

/**
 * Pulls one image as a node would: its manifest, the child for this platform when there are several, and every
 * byte of its configuration and layers, with the credentials that the nodes use.
 */
export async function pullCanary(
  client: RegistryClient,
  { repository, reference }: HostlessReference,
  signal: AbortSignal,
): Promise<CanaryResult> {
  const startedAt = performance.now();
  const elapsedMs = (): number => performance.now() - startedAt;
  try {
    const bytes = await withGrace(signal, WORK_GRACE_MS, () => pull(client, repository, reference));
    return { pulled: true, bytes, durationMs: elapsedMs() };
  } catch (error) {
    return { pulled: false, error: error as Error, durationMs: elapsedMs() };
  }
}

async function pull(client: RegistryClient, repository: string, reference: string): Promise<number> {
  const { body, mediaType } = await client.getManifest(repository, reference);
  const manifest = parseManifest(body, mediaType);
  if (manifest.kind === 'index') {
    const child =
      manifest.children.find(
        ({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64',
      ) ?? manifest.children[0];
    if (child === undefined)
      throw new Error(`${repository}:${reference}: the index is empty; push the image again`);
    return body.length + (await pull(client, repository, child.digest));
  }
  const blobs = [manifest.config, ...manifest.layers];
  await Promise.all(blobs.map((blob) => client.verifyBlob(repository, blob)));
  return blobs.reduce((sum, { size }) => sum + size, body.length);
}
