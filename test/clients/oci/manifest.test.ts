import { describe, expect, it } from '@jest/globals';
import {
  isBuildCache,
  MediaTypeError,
  mediaTypes,
  nestedTypes,
  parseManifest,
} from '../../../clients/oci/manifest';

const blob = { mediaType: 'application/octet-stream', digest: `sha256:${'0'.repeat(64)}`, size: 2 };
const cache = 'application/vnd.buildkit.cacheconfig.v0';
const parse = (value: unknown, type: string = mediaTypes.image): unknown =>
  parseManifest(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), type);

describe('a manifest', () => {
  it.each([mediaTypes.image, mediaTypes.dockerImage])('of %s has a configuration and layers', (mediaType) => {
    const layer = { ...blob, urls: ['https://a'] };
    const subject = { ...blob, mediaType: mediaTypes.image };
    expect(parse({ mediaType, config: blob, layers: [layer], subject }, mediaType)).toEqual({
      kind: 'image',
      mediaType,
      config: blob,
      layers: [layer],
      subject,
    });
  });

  it.each([mediaTypes.index, mediaTypes.dockerIndex])('of %s has children', (mediaType) => {
    const child = { ...blob, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } };
    expect(parse({ mediaType, manifests: [child, blob] }, mediaType)).toEqual({
      kind: 'index',
      mediaType,
      children: [child, blob],
    });
  });

  it('without a type of its own is what it is served as', () => {
    expect(parse({ config: blob, layers: [] }, mediaTypes.image)).toMatchObject({ kind: 'image' });
  });

  it.each([
    ['served as something else', { mediaType: mediaTypes.image, config: blob, layers: [] }, mediaTypes.index],
    [
      'of the first Docker schema',
      { schemaVersion: 1 },
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
    ],
    ['with a type that is no text', { mediaType: 1 }, mediaTypes.image],
  ])('%s is a media type error', (_, value, type) => {
    expect(() => parse(value, type)).toThrow(MediaTypeError);
  });

  it.each([
    [{ mediaType: 1 }, 'mediaType is not text, got 1'],
    [{ mediaType: mediaTypes.index }, `served as "${mediaTypes.image}" but says it is "${mediaTypes.index}"`],
  ])('%j is refused by its type: %s', (value, wrong) => {
    expect(() => parse(value)).toThrow(wrong);
    expect(() => parse({}, 'text/html')).toThrow('not an image manifest or index, got "text/html"');
  });

  it('keeps of a descriptor what runtimes read: addresses that are text, a platform with its parts named', () => {
    const child = {
      ...blob,
      size: 0,
      urls: [1, 'https://a'],
      platform: { os: 1, architecture: null, variant: 7 },
    };
    expect(parse({ manifests: [child] }, mediaTypes.index)).toStrictEqual({
      kind: 'index',
      mediaType: mediaTypes.index,
      children: [
        { ...blob, size: 0, urls: ['https://a'], platform: { os: 'unknown', architecture: 'unknown' } },
      ],
    });
  });

  it.each([
    [mediaTypes.image, { config: { ...blob, mediaType: cache } }, true],
    [mediaTypes.image, { config: blob, layers: [{ ...blob, mediaType: cache }] }, false],
    [mediaTypes.index, { manifests: [blob, { ...blob, mediaType: cache }] }, true],
    [mediaTypes.index, { manifests: [blob] }, false],
    [mediaTypes.index, { manifests: [] }, false],
  ])('of %s, %j, is a cache that nobody runs: %s', (type, value, is) => {
    expect(isBuildCache(parseManifest(Buffer.from(JSON.stringify(value)), type))).toBe(is);
  });

  it('that is no UTF-8 is refused, with the cause', () => {
    const body = Buffer.concat([Buffer.from('{"config":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    const refused = (): unknown => parseManifest(body, mediaTypes.image);
    expect(refused).toThrow('manifest is not JSON');
    expect(refused).toThrow(expect.objectContaining({ cause: expect.anything() }));
  });

  it.each([
    [{ manifests: [blob], layers: [] }, 'got "layers" in an index'],
    [{ config: blob }, 'got "config" in an index'],
  ])('of two kinds %j is refused', (value, wrong) => {
    expect(() => parse(value, mediaTypes.index)).toThrow(`manifest is of two kinds, ${wrong}`);
  });

  it('takes null for absent, and an absent list for an empty one, as readers in Go do', () => {
    const image = { kind: 'image', mediaType: mediaTypes.image, config: blob, layers: [] };
    expect(parse({ config: blob, layers: null, subject: null })).toEqual(image);
    expect(parse({ config: blob })).toEqual(image);
    expect(parse({ mediaType: null, config: blob })).toEqual(image);
    expect(parse({ config: blob, manifests: null, artifactType: 'a/b', annotations: null })).toEqual(image);
    expect(parse({ manifests: null }, mediaTypes.index)).toMatchObject({ kind: 'index', children: [] });
    expect(parse({ manifests: [{ ...blob, platform: null, urls: null }] }, mediaTypes.index)).toMatchObject({
      children: [blob],
    });
  });

  it('of an index names the parts that are no images, and of an image none', () => {
    const image = { ...blob, mediaType: mediaTypes.image };
    const nested = { ...blob, mediaType: mediaTypes.index };
    const typesOf = (value: unknown, type: string): readonly string[] =>
      nestedTypes(parseManifest(Buffer.from(JSON.stringify(value)), type));
    expect(typesOf({ manifests: [image, nested, blob] }, mediaTypes.index)).toEqual([
      mediaTypes.index,
      blob.mediaType,
    ]);
    expect(typesOf({ config: blob, layers: [nested] }, mediaTypes.image)).toEqual([]);
  });

  it.each(['mediaType', 'digest', 'size', 'urls', 'platform'])('%s in another case is refused', (name) => {
    const odd = name.toUpperCase();
    expect(() => parse({ config: { ...blob, [odd]: null } })).toThrow(
      `config has a field in another case, got "${odd}"`,
    );
  });

  it.each([
    ['{', 'manifest is not JSON'],
    // Readers in Go take no byte order mark, and containerd refuses what may be either of the two (CVE-2021-41190).
    [`\ufeff${JSON.stringify({ config: blob })}`, 'manifest is not JSON'],
    [{ config: blob, manifests: [blob] }, 'manifest is of two kinds, got "manifests" in an image'],
    [{ config: { ...blob, size: 9007199254740992 } }, 'config.size is not a number of bytes'],
    [{ config: [blob] }, 'config is not an object'],
    ['[]', 'manifest is not an object'],
    [{ config: blob, subject: 1 }, 'subject is not an object, got 1'],
    [{ config: { ...blob, size: 1.5 } }, 'config.size is not a number of bytes, got 1.5'],
    [{ config: { ...blob, size: '2' } }, 'config.size is not a number of bytes, got "2"'],
    [{ config: { ...blob, platform: 1 } }, 'config.platform is not an object, got 1'],
    // Readers in Go follow these: an index whose children are not seen would leave them without a claim.
    [{ config: blob, Layers: [blob] }, 'manifest has a field in another case, got "Layers"'],
    [{ config: blob, MANIFESTS: [blob] }, 'manifest has a field in another case, got "MANIFESTS"'],
    [{ config: blob, manifeſts: [blob] }, 'manifest has a field in another case, got "manifeſts"'],
    [{ config: blob, Subject: blob }, 'manifest has a field in another case, got "Subject"'],
    [{ config: { ...blob, Digest: 'x' } }, 'config has a field in another case, got "Digest"'],
    [{ config: 'x'.repeat(99) }, /got "x{79}$/],
    [{}, 'config is not an object, got nothing'],
    [{ config: blob, layers: {} }, 'layers is not a list, got {}'],
    [{ config: blob, layers: [null] }, 'layers[0] is not an object, got null'],
    [{ config: { ...blob, size: -1 }, layers: [] }, 'config.size is not a number of bytes, got -1'],
    [{ config: { ...blob, digest: 1 }, layers: [] }, 'config.digest is not text, got 1'],
    [{ config: { ...blob, mediaType: null }, layers: [] }, 'config.mediaType is not text, got null'],
  ])('%j is refused: %s', (value, wrong) => {
    expect(() => parse(value)).toThrow(wrong);
    expect(() => parse({ manifests: {} }, mediaTypes.index)).toThrow('manifests is not a list, got {}');
  });
});
