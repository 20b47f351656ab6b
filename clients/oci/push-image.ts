import type { RegistryClient } from './client';
import { mediaTypes } from './manifest';

export type ImageTarget = Pick<RegistryClient, 'putBlob' | 'putManifest'>;

/** Pushes a one-layer image whose content is `seed`, under a tag or (without one) by digest; answers its digest. */
export async function pushImage(
  client: ImageTarget,
  repository: string,
  seed: string,
  tag?: string,
): Promise<string> {
  const { digest, body } = await imageOf(client, repository, seed);
  await client.putManifest(repository, tag ?? digest, body, mediaTypes.image);
  return digest;
}

/** One image's blobs, pushed; its manifest is for the caller to push. */
export async function imageOf(
  client: ImageTarget,
  repository: string,
  seed: string,
): Promise<{ readonly digest: string; readonly body: Buffer }> {
  const layer = tarOf('seed', Buffer.from(seed));
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: { seed } },
      rootfs: { type: 'layers', diff_ids: [await digestOf(layer)] },
    }),
  );
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

/** An archive of one file (pax, ustar form), which a container runtime can unpack. */
function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0'.repeat(2), 108);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(`${'0'.repeat(11)}\0`, 136);
  header.write(`${' '.repeat(8)}0`, 148);
  header.write('ustar\x0000', 257);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}

export async function digestOf(body: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', Buffer.from(body));
  return `sha256:${Buffer.from(hash).toString('hex')}`;
}
