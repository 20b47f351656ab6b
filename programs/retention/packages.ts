import { forEachConcurrently } from '../../clients/concurrency';
import { isDigest, isTag, type Digest, type Tag } from '../../clients/forgejo/tag';
import type { Version } from '../../clients/forgejo/versions';
import type { RegistryClient } from '../../clients/oci/client';
import { ServerError, type ServerErrorKind } from '../../clients/http/errors';
import { isIndexType, parseManifest } from '../../clients/oci/manifest';
import { Stopped } from '../stopped';
import { childrenOf } from './package';
import type { DigestVersion, ManifestRead, Package, StrangeVersion, TagVersion } from './package';

const ENDS_THE_RUN: ReadonlySet<ServerErrorKind> = new Set(['unauthorized', 'denied', 'tls']);
/** Of one index; builders make an index of a few platforms with an attestation each. */
const MAX_CHILDREN = 1000;
/** Of all indexes of a run: what its memory has room for. */
const MAX_CHILDREN_OF_ALL = 200_000;

/** The rows of one list, by package. */
export function packagesOf(versions: readonly Version[]): readonly Package[] {
  const packages = new Map<
    string,
    { name: string; tags: TagVersion[]; digests: DigestVersion[]; strange: StrangeVersion[] }
  >();
  for (const { id, package: name, name: version, createdAtMs } of versions) {
    let owner = packages.get(name);
    if (owner === undefined) packages.set(name, (owner = { name, tags: [], digests: [], strange: [] }));
    if (isDigest(version)) owner.digests.push({ id, digest: version, createdAtMs });
    else if (isTag(version))
      // As Forgejo finds it, and as references are compared.
      owner.tags.push({
        ...{ id, tag: version.toLowerCase() as Tag, createdAtMs },
        manifest: { unread: 'not asked for' },
      });
    else owner.strange.push({ id, name: version, createdAtMs });
  }
  return [...packages.values()];
}

/**
 * The same packages with every manifest read that a plan depends on: of each tag, and of each digest that no tag lists.
 * What fails to be read stays unread, with the reason.
 */
export async function withManifests(
  packages: readonly Package[],
  concurrency: number,
  read: (name: string, reference: Tag | Digest) => Promise<ManifestRead>,
): Promise<readonly Package[]> {
  const manifests = new Map<TagVersion | DigestVersion, ManifestRead>();
  let children = 0;
  const readAll = (wanted: readonly { name: string; version: TagVersion | DigestVersion }[]): Promise<void> =>
    forEachConcurrently(wanted, concurrency, async ({ name, version }) => {
      const unread = `the indexes of this owner have more than ${MAX_CHILDREN_OF_ALL} children together`;
      const manifest =
        children > MAX_CHILDREN_OF_ALL
          ? { unread }
          : await read(name, 'tag' in version ? version.tag : version.digest);
      children += childrenOf({ manifest }).length;
      manifests.set(version, manifest);
    });
  await readAll(packages.flatMap(({ name, tags }) => tags.map((version) => ({ name, version }))));
  await readAll(
    packages.flatMap(({ name, tags, digests }) => {
      const listed = new Set<Digest>(
        tags.flatMap((version) => childrenOf({ manifest: manifests.get(version) })),
      );
      return digests.filter(({ digest }) => !listed.has(digest)).map((version) => ({ name, version }));
    }),
  );
  return packages.map((owner) => ({
    ...owner,
    tags: owner.tags.map((version) => ({ ...version, manifest: manifests.get(version) ?? version.manifest })),
    digests: owner.digests.map((version) => {
      const manifest = manifests.get(version);
      return manifest === undefined ? version : { ...version, manifest };
    }),
  }));
}

/**
 * Asks the registry what a version is made of. One damaged image must not end the run, so what cannot be read is an
 * answer; that the registry no longer knows the token is an error.
 */
export async function readManifest(
  client: RegistryClient,
  repository: string,
  reference: Tag | Digest,
): Promise<ManifestRead> {
  try {
    const { body, digest, mediaType } = await client.getManifest(repository, reference);
    const { subject, ...manifest } = parseManifest(body, mediaType);
    const listed = manifest.kind === 'index' ? manifest.children : [];
    const children = [...new Set(listed.map((child) => child.digest))];
    // Forgejo refuses it; where one is all the same, what its children list would look like what nothing lists.
    if (listed.some(({ mediaType: type }) => isIndexType(type))) return { unread: 'an index of indexes' };
    if (children.length > MAX_CHILDREN)
      return { unread: `${children.length} different children, more than ${MAX_CHILDREN}` };
    const strange = [digest, ...children, ...(subject === undefined ? [] : [subject.digest])].find(
      (each) => !isDigest(each),
    );
    if (strange !== undefined)
      return { unread: `a digest that Forgejo cannot hold, got "${strange.slice(0, 80)}"` };
    return {
      digest: digest as Digest,
      children: children as readonly string[] as readonly Digest[],
      ...(subject === undefined ? {} : { subject: subject.digest as Digest }),
    };
  } catch (error) {
    if (error instanceof Stopped || (error instanceof ServerError && ENDS_THE_RUN.has(error.kind)))
      throw error;
    return { unread: error instanceof Error ? error.message : String(error) };
  }
}
