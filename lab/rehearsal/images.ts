import { forEachConcurrently } from '../../clients/concurrency';
import { digestOf, pushImage } from '../../clients/oci/push-image';
import { mediaTypes } from '../../clients/oci/manifest';
import type { RegistryClient } from '../../clients/oci/client';
import { imageAt } from '../../estate/derived/references';
import type { Estate } from '../../estate/estate';

export interface Build {
  readonly repository: string;
  readonly tag: string;
  /** What its layers are made of. @default repository and tag */
  readonly content?: string;
  readonly builtMs: number;
}

const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar';

/** What a builder pushes: two platforms over a shared layer, and an attestation; the same digest wherever it goes. */
export async function pushBuild(client: RegistryClient, build: Build): Promise<string> {
  const { repository, tag, content = `${repository}:${tag}`, builtMs } = build;
  const created = new Date(builtMs).toISOString();
  const put = async (bytes: Buffer, mediaType: string): Promise<object> => ({
    ...{ mediaType, digest: await client.putBlob(repository, bytes), size: bytes.byteLength },
  });
  const base = await put(Buffer.alloc(64 * 1024, 'shared by all builds '), layerType);
  const child = async (architecture: string, annotations?: object): Promise<object> => {
    const os = architecture === 'unknown' ? 'unknown' : 'linux';
    const config = Buffer.from(JSON.stringify({ architecture, os, created }));
    const layers = [base, await put(Buffer.from(`${content} for ${architecture}`), layerType)];
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.image, config: await put(config, configType) };
    const body = Buffer.from(JSON.stringify({ ...manifest, layers }));
    const digest = await digestOf(body);
    await client.putManifest(repository, digest, body, mediaTypes.image);
    return {
      ...{ mediaType: mediaTypes.image, digest, size: body.byteLength, platform: { architecture, os } },
      ...(annotations && { annotations }),
    };
  };
  const amd64 = await child('amd64');
  const attests = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': 'digest' in amd64 ? String(amd64.digest) : '',
  };
  const manifests = [amd64, await child('arm64'), await child('unknown', attests)];
  const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
  await client.putManifest(repository, tag, body, mediaTypes.index);
  return digestOf(body);
}

/** Signs as cosign does: by a tag of the image's digest. */
async function sign(client: RegistryClient, repository: string, digest: string): Promise<void> {
  await pushImage(client, repository, `signature of ${digest}`, `${digest.replace(':', '-')}.sig`);
}

/** Of each image of the estate the tags that it names and a few older builds, two of them signed; answers how many tags. */
export async function seedLegacy(
  estate: Estate,
  source: RegistryClient,
  { builtMs, older }: { readonly builtMs: number; readonly older: number },
): Promise<{ readonly estate: Estate; readonly tags: number }> {
  const digests = new Map<string, string>();
  let tags = 0;
  await forEachConcurrently(estate.images, 4, async (image) => {
    const { repository } = imageAt(estate, image, 'source');
    const builds = Array.from({ length: older }, (_, at) => (0xa0000000 + at).toString(16));
    for (const [at, tag] of [...builds, ...(image.otherTags ?? []), image.tag].entries()) {
      const build = { repository, tag, builtMs: builtMs - (older + 9 - at) * 86_400_000 };
      digests.set(image.name, await pushBuild(source, build));
      tags += 1;
    }
  });
  for (const image of estate.images.slice(0, 2)) {
    await sign(source, imageAt(estate, image, 'source').repository, digests.get(image.name) ?? '');
    tags += 1;
  }
  const images = estate.images.map((image) =>
    image.digest === undefined ? image : { ...image, digest: digests.get(image.name) ?? image.digest },
  );
  return { estate: { ...estate, images }, tags };
}
