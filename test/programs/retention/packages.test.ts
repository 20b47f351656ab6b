import { expect, it } from '@jest/globals';
import { Stopped } from '../../../programs/stopped';
import type { ManifestRead } from '../../../programs/retention/package';
import { packagesOf, readManifest, withManifests } from '../../../programs/retention/packages';
import { ServerError, type ServerErrorKind } from '../../../clients/http/errors';
import type { RegistryClient } from '../../../clients/oci/client';
import { mediaTypes } from '../../../clients/oci/manifest';
import { digest, tag } from '../../support/registry-arbitraries';

const numbered = (place: number): string => `sha256:${String(place).padStart(64, '0')}`;

it('the rows of a list are packages: tags that are not read yet, digests, and names that are neither', () => {
  const names = ['v1', digest(1), 'v 1', 'v2'].map((name, id) => ({
    id,
    package: 'app',
    name,
    createdAtMs: 10 + id,
  }));

  expect(packagesOf([...names, { id: 9, package: 'web', name: digest(2), createdAtMs: 0 }])).toEqual([
    {
      name: 'app',
      tags: [
        { id: 0, tag: 'v1', createdAtMs: 10, manifest: { unread: 'not asked for' } },
        { id: 3, tag: 'v2', createdAtMs: 13, manifest: { unread: 'not asked for' } },
      ],
      digests: [{ id: 1, digest: digest(1), createdAtMs: 11 }],
      strange: [{ id: 2, name: 'v 1', createdAtMs: 12 }],
    },
    { name: 'web', tags: [], digests: [{ id: 9, digest: digest(2), createdAtMs: 0 }], strange: [] },
  ]);
});

it('a tag is known by its lower case, in which Forgejo finds it and references are compared', () => {
  expect(packagesOf([{ id: 1, package: 'app', name: 'V1.0-RC', createdAtMs: 0 }])[0]?.tags[0]?.tag).toBe(
    'v1.0-rc',
  );
});

it('every tag is read, and each digest that no tag of its own package lists', async () => {
  const rows = ['app v1', `app ${digest(1)}`, `app ${digest(2)}`, `web ${digest(1)}`].map((line, id) => {
    const [name = '', version = ''] = line.split(' ');
    return { id, package: name, name: version, createdAtMs: 0 };
  });
  const asked: string[] = [];
  const read = (name: string, reference: string): Promise<ManifestRead> => {
    asked.push(`${name} ${reference}`);
    return Promise.resolve({ digest: digest(9), children: reference === 'v1' ? [digest(1)] : [] });
  };

  const [app, web] = await withManifests(packagesOf(rows), 2, read);

  expect(asked).toEqual(['app v1', `app ${digest(2)}`, `web ${digest(1)}`]);
  expect(app?.tags[0]?.manifest).toEqual({ digest: digest(9), children: [digest(1)] });
  expect(app?.digests.map(({ manifest }) => manifest)).toEqual([
    undefined,
    { digest: digest(9), children: [] },
  ]);
  expect(app?.digests[0]).not.toHaveProperty('manifest');
  expect(web?.digests[0]?.manifest).toEqual({ digest: digest(9), children: [] });
});

it('what is beyond 200,000 children together stays unread and says so, and control: as many are read', async () => {
  const rows = ['v1', 'v2', 'v3'].map((name, id) => ({ id, package: 'app', name, createdAtMs: 0 }));
  const with200k = async (more: number): Promise<readonly ManifestRead[] | undefined> => {
    const children = Array<ReturnType<typeof digest>>(100_000).fill(digest(1));
    const read = (_: string, reference: string): Promise<ManifestRead> =>
      Promise.resolve({
        digest: digest(2),
        children: reference === 'v2' ? [...children, ...children.slice(0, more)] : children,
      });
    const [app] = await withManifests(packagesOf(rows), 1, read);
    return app?.tags.map(({ manifest }) => manifest);
  };

  expect((await with200k(0))?.[2]).toMatchObject({ digest: digest(2) });
  expect((await with200k(1))?.[2]).toEqual({
    unread: 'the indexes of this owner have more than 200000 children together',
  });
});

const descriptor = (of: string): object => ({ mediaType: mediaTypes.image, digest: of, size: 1 });
const index = (...children: readonly string[]): object => ({
  mediaType: mediaTypes.index,
  manifests: children.map(descriptor),
});
const image = (more = {}): object => ({
  mediaType: mediaTypes.image,
  config: descriptor('sha256:0'),
  ...more,
});
const thousandAndOne = Array.from({ length: 1001 }, (_, place) => numbered(place));
const STRANGE = `a digest that Forgejo cannot hold, got "sha512:`;
const served = async (answer: { manifest: object; of?: string } | Error): Promise<ManifestRead> => {
  const getManifest = (): Promise<object> => {
    if (answer instanceof Error) return Promise.reject(answer);
    const { manifest, of = digest(9) } = answer;
    const { mediaType } = manifest as { mediaType: string };
    return Promise.resolve({ body: Buffer.from(JSON.stringify(manifest)), digest: of, mediaType });
  };
  return readManifest({ getManifest } as unknown as RegistryClient, 'viktor/app', tag('v1'));
};

it.each<[string, Parameters<typeof served>[0], object]>([
  ['an image has no children', { manifest: image() }, { digest: digest(9), children: [] }],
  [
    'a child that an index lists twice is one',
    { manifest: index(digest(1), digest(2), digest(1)) },
    { digest: digest(9), children: [digest(1), digest(2)] },
  ],
  [
    'a referrer says what it is about',
    { manifest: image({ subject: descriptor(digest(1)) }) },
    { digest: digest(9), children: [], subject: digest(1) },
  ],
  [
    'a thousand children are read',
    { manifest: index(...thousandAndOne.slice(1)) },
    { children: thousandAndOne.slice(1) },
  ],
  [
    'one more is not',
    { manifest: index(...thousandAndOne) },
    { unread: '1001 different children, more than 1000' },
  ],
  [
    'its own digest is of another algorithm',
    { manifest: image(), of: `sha512:${'a'.repeat(128)}` },
    { unread: expect.stringContaining(`${STRANGE}${'a'.repeat(73)}"`) },
  ],
  [
    'it lists another index',
    {
      manifest: {
        mediaType: mediaTypes.index,
        manifests: [{ ...descriptor(digest(1)), mediaType: mediaTypes.index }],
      },
    },
    { unread: 'an index of indexes' },
  ],
  ['that of a child is', { manifest: index(digest(1), 'sha512:b') }, { unread: `${STRANGE}b"` }],
  [
    'that of its subject is',
    { manifest: image({ subject: descriptor('sha512:c') }) },
    { unread: `${STRANGE}c"` },
  ],
  [
    'it is no manifest',
    { manifest: { mediaType: 'text/html' } },
    { unread: 'not an image manifest or index, got "text/html"' },
  ],
  ['it is not there', new Error('gone'), { unread: 'gone' }],
])('of a version %s', async (_, answer, manifest) => {
  expect(await served(answer)).toMatchObject(manifest);
});

it.each<[ServerErrorKind, boolean]>([
  ['unauthorized', true],
  ['denied', true],
  ['tls', true],
  ['not-found', false],
  ['server-error', false],
])('the error "%s" of one manifest ends the run: %s', async (kind, ends) => {
  const error = new ServerError({ kind, method: 'GET', url: new URL('https://forge.example'), detail: kind });
  const read = served(error).then(
    () => false,
    (thrown: unknown) => thrown === error,
  );
  expect(await read).toBe(ends);
});

it('being told to stop ends the run', async () => {
  await expect(served(new Stopped('deadline', 'too long'))).rejects.toThrow('too long');
});
