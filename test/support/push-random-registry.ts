import { forEachConcurrently } from '../../clients/concurrency';
import type { RegistryClient } from '../../clients/oci/client';
import { nodesOf, type RandomRepository } from './random-registry';

/** Pushes everything to a real registry, children before parents, each object once per repository. */
export async function pushRandomRegistry(
  client: RegistryClient,
  content: readonly RandomRepository[],
): Promise<void> {
  await forEachConcurrently(content, 8, async ({ name, tags }) => {
    const pushed = new Set<string>();
    for (const [tag, top] of tags) {
      for (const { kind, digest, body, mediaType } of nodesOf(top)) {
        if (pushed.has(digest)) continue;
        pushed.add(digest);
        if (kind === 'blob') await client.putBlob(name, body);
        else if (digest !== top.digest) await client.putManifest(name, digest, body, mediaType);
      }
      await client.putManifest(name, tag, top.body, top.mediaType);
    }
  });
}
