import { randomBytes } from 'node:crypto';
import { forEachConcurrently } from '../clients/concurrency';
import { RegistryClient } from '../clients/oci/client';
import { mediaTypes, type Descriptor } from '../clients/oci/manifest';

export interface LayeredImagesProps {
  readonly url: string;
  readonly repositories: readonly string[];
  /** Layers that all tags of a repository share. */
  readonly baseOf: (repository: string) => readonly Buffer[];
  /** Of the layer that each tag has alone. */
  readonly ownBytes: number;
}

const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const tagsOfEach = 10;

/** Pushes images of a shared base, a configuration and one layer of their own, ten to a repository; answers their names. */
export async function pushLayeredImages({
  url,
  repositories,
  baseOf,
  ownBytes,
}: LayeredImagesProps): Promise<string[]> {
  const client = new RegistryClient({ url, timeoutMs: 120_000 });
  // registry:2 rewrites the link of a blob in place, so one repository takes its pushes one after the other.
  await forEachConcurrently(repositories, 4, async (repository) => {
    const put = async (body: Buffer, mediaType: string): Promise<Descriptor> => ({
      mediaType,
      size: body.length,
      digest: await client.putBlob(repository, body),
    });
    const base: Descriptor[] = [];
    for (const layer of baseOf(repository)) base.push(await put(layer, layerType));
    for (let at = 0; at < tagsOfEach; at += 1) {
      const layers = [...base, await put(randomBytes(ownBytes), layerType)];
      const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
      const platform = { architecture: 'amd64', os: 'linux', rootfs };
      const configuration = Buffer.from(JSON.stringify({ ...platform, author: `${repository} t${at}` }));
      const config = await put(configuration, 'application/vnd.oci.image.config.v1+json');
      const body = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.image, config, layers });
      await client.putManifest(repository, `t${at}`, Buffer.from(body), mediaTypes.image);
    }
  });
  return repositories.flatMap((repository) =>
    Array.from({ length: tagsOfEach }, (_, at) => `${repository}:t${at}`),
  );
}
