import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { RegistryClient } from '../../../clients/oci/client';
import { mediaTypes } from '../../../clients/oci/manifest';
import { partsOf } from '../../../programs/retention/image';

/** A registry of manifests by digest and by tag, which counts what it is asked for. */
function registryOf(): {
  client: RegistryClient;
  asked: string[];
  put: (manifest: object, tag?: string) => string;
} {
  const stored = new Map<string, Buffer>();
  const asked: string[] = [];
  const digestOf = (body: Buffer): string => `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const getManifest = (_repository: string, reference: string): Promise<object> => {
    asked.push(reference);
    const body = stored.get(reference);
    if (body === undefined) throw new Error('not there');
    const { mediaType } = JSON.parse(body.toString()) as { mediaType: string };
    return Promise.resolve({ body, mediaType, digest: digestOf(body) });
  };
  const put = (manifest: object, tag?: string): string => {
    const body = Buffer.from(JSON.stringify(manifest));
    const digest = digestOf(body);
    stored.set(tag ?? digest, body);
    return digest;
  };
  return { asked, put, client: { getManifest } as unknown as RegistryClient };
}

const blob = (seed: number): object => ({ mediaType: 'x', digest: `sha256:${seed}`, size: 10 });
const image = (layers: readonly object[]): object => ({
  ...{ schemaVersion: 2, mediaType: mediaTypes.image, config: blob(0), layers },
});
const index = (digests: readonly string[]): object => {
  const manifests = digests.map((digest) => ({ mediaType: mediaTypes.image, digest, size: 1 }));
  return { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
};

describe('the parts of an image', () => {
  it('are read once each, however often an index names them', async () => {
    const { client, asked, put } = registryOf();
    const [a, b] = [put(image([blob(1)])), put(image([blob(2)]))];
    const both = put(index([a, b, a]));
    put(index([...Array<string>(1000).fill(a), both, b]), 'v1');

    const parts = await partsOf(client, 'viktor/app', 'v1');

    expect(asked.sort()).toEqual(['v1', a, b, both].sort());
    expect([...parts.keys()]).toEqual(
      expect.arrayContaining([a, b, both, 'sha256:0', 'sha256:1', 'sha256:2']),
    );
  });

  it.each([
    ['an index of indexes of nine levels', 8, 1, '3 parts'],
    ['an image of ten thousand layers', 0, 10_000, '10002 parts'],
  ])('of %s are too many to be looked at, and control: one fewer is not', async (_, levels, layers) => {
    const { client, put } = registryOf();
    const nest = (depth: number, count: number): string => {
      let digest = put(image(Array.from({ length: count }, (__, place) => blob(place + 1))));
      for (let level = 0; level < depth; level += 1) digest = put(index([digest]));
      return digest;
    };
    const [tooMuch, allowed] = [
      nest(levels, layers),
      levels > 0 ? nest(levels - 1, layers) : nest(0, layers - 2),
    ];

    await expect(partsOf(client, 'viktor/app', tooMuch)).rejects.toThrow('viktor/app:sha256:');
    await expect(partsOf(client, 'viktor/app', tooMuch)).rejects.toThrow('too much to be looked at, got ');
    expect((await partsOf(client, 'viktor/app', allowed)).size).toBeGreaterThan(layers > 1 ? 9_000 : 8);
  });
});
