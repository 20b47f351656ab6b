import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOk } from '../../terminal/run';
import type { RegistryClient } from '../../clients/oci/client';
import { mediaTypes } from '../../clients/oci/manifest';

interface Blob {
  readonly digest: string;
}

/** Pushes the one image of an OCI archive under a tag. */
export async function pushArchive(
  client: RegistryClient,
  repository: string,
  tag: string,
  archive: string,
): Promise<void> {
  const layout = mkdtempSync(join(tmpdir(), 'push-archive-'));
  try {
    await runOk('tar', ['-xf', archive, '-C', layout]);
    const read = ({ digest }: Blob): Buffer => readFileSync(join(layout, 'blobs', digest.replace(':', '/')));
    const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: [Blob] };
    const manifest = read(index.manifests[0]);
    const { config, layers } = JSON.parse(manifest.toString('utf8')) as { config: Blob; layers: Blob[] };
    for (const blob of [config, ...layers]) await client.putBlob(repository, read(blob));
    await client.putManifest(repository, tag, manifest, mediaTypes.image);
  } finally {
    rmSync(layout, { recursive: true });
  }
}
