import type { RegistryClient } from '../../programs/oci/client';
import { mediaTypes } from '../../programs/oci/manifest';

/** Pushes a one-layer image whose content is `seed`, under a tag or (without one) by digest; answers its digest. */
export async function pushImage(
  client: RegistryClient,
  repository: string,
  seed: string,
  tag?: string,
): Promise<string> {
  const { digest, body } = await imageOf(client, repository, seed);
  await client.putManifest(repository, tag ?? digest, body, mediaTypes.image);
  return digest;
}

/** Pushes an index of one image for each seed, the children by digest as every builder does; answers its digest. */
export async function pushIndex(
  client: RegistryClient,
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

async function imageOf(
  client: RegistryClient,
  repository: string,
  seed: string,
): Promise<{ readonly digest: string; readonly body: Buffer }> {
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: { seed } } }),
  );
  const layer = Buffer.from(`layer of ${seed}`);
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.image,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: await client.putBlob(repository, config),
      size: config.byteLength,
    },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: await client.putBlob(repository, layer),
        size: layer.byteLength,
      },
    ],
  };
  const body = Buffer.from(JSON.stringify(manifest));
  return { digest: await digestOf(body), body };
}

async function digestOf(body: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', Buffer.from(body));
  return `sha256:${Buffer.from(hash).toString('hex')}`;
}
