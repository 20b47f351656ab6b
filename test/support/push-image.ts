import { digestOf, imageOf, type ImageTarget } from '../../clients/oci/push-image';
import { mediaTypes } from '../../clients/oci/manifest';

export { pushImage, type ImageTarget } from '../../clients/oci/push-image';

/** Pushes an index of one image for each seed, the children by digest as every builder does; answers its digest. */
export async function pushIndex(
  client: ImageTarget,
  repository: string,
  seeds: readonly string[],
  tag?: string,
): Promise<string> {
  const manifests = [];
  for (const [place, seed] of seeds.entries()) {
    const { digest, body } = await imageOf(client, repository, seed);
    await client.putManifest(repository, digest, body, mediaTypes.image);
    const architecture = seed.includes('attestation') ? 'unknown' : (['amd64', 'arm64'][place] ?? 'riscv64');
    const os = architecture === 'unknown' ? 'unknown' : 'linux';
    manifests.push({
      mediaType: mediaTypes.image,
      digest,
      size: body.byteLength,
      platform: { architecture, os },
    });
  }
  const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
  const digest = await digestOf(body);
  await client.putManifest(repository, tag ?? digest, body, mediaTypes.index);
  return digest;
}
