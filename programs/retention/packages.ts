import { forEachConcurrently } from '../../clients/concurrency';
import { isDigest, isTag, subjectOf, type Digest, type Tag } from '../../clients/forgejo/tag';
import type { Version } from '../../clients/forgejo/versions';
import type { RegistryClient } from '../../clients/oci/client';
import { RegistryError, type RegistryErrorKind } from '../../clients/http/errors';
import { parseManifest } from '../../clients/oci/manifest';
import { Stopped } from '../stopped';
import type { DigestVersion, ManifestRead, Package, TagVersion } from './package';

const ENDS_THE_RUN: ReadonlySet<RegistryErrorKind> = new Set([
  'unauthorized',
  'denied',
  'unreachable',
  'tls',
]);

/** The rows of one list, by package; throws on a name that is neither tag nor digest, since nothing is known of it. */
export function packagesOf(versions: readonly Version[]): readonly Package[] {
  const packages = new Map<string, { name: string; tags: TagVersion[]; digests: DigestVersion[] }>();
  for (const { id, package: name, name: version, createdAtMs } of versions) {
    let owner = packages.get(name);
    if (owner === undefined) packages.set(name, (owner = { name, tags: [], digests: [] }));
    if (isDigest(version)) owner.digests.push({ id, digest: version, createdAtMs });
    else if (isTag(version))
      owner.tags.push({ id, tag: version, createdAtMs, manifest: { unread: 'not asked for' } });
    else
      throw new Error(
        `retention: package "${name}" has a version that is neither tag nor digest, got "${version}"; look at it in Forgejo before anything is deleted`,
      );
  }
  return [...packages.values()];
}

/**
 * The same packages with the manifests read that a plan can depend on: of packages with a tag beyond the newest, and of
 * packages that share a child with another one. What fails to be read stays unread, with the reason.
 */
export async function withManifests(
  packages: readonly Package[],
  keepNewestTags: number,
  concurrency: number,
  read: (name: string, tag: Tag) => Promise<ManifestRead>,
): Promise<readonly Package[]> {
  const rows = new Map<Digest, number>();
  for (const { digests } of packages)
    for (const { digest } of digests) rows.set(digest, (rows.get(digest) ?? 0) + 1);
  const wanted = packages.filter(
    ({ tags, digests }) =>
      tags.length > keepNewestTags ||
      tags.some(({ tag }) => subjectOf(tag) !== undefined) ||
      digests.some(({ digest }) => (rows.get(digest) ?? 0) > 1),
  );
  const manifests = new Map<TagVersion, ManifestRead>();
  await forEachConcurrently(
    wanted.flatMap(({ name, tags }) => tags.map((version) => ({ name, version }))),
    concurrency,
    async ({ name, version }) => {
      manifests.set(version, await read(name, version.tag));
    },
  );
  return packages.map((owner) => ({
    ...owner,
    tags: owner.tags.map((version) => ({ ...version, manifest: manifests.get(version) ?? version.manifest })),
  }));
}

/**
 * Asks the registry what a tag is made of. One damaged image must not end the run, so what cannot be read is an answer;
 * a registry that is gone, or no longer knows the token, is an error.
 */
export async function readManifest(
  client: RegistryClient,
  repository: string,
  tag: Tag,
): Promise<ManifestRead> {
  try {
    const { body, digest, mediaType } = await client.getManifest(repository, tag);
    const manifest = parseManifest(body, mediaType);
    const children = manifest.kind === 'index' ? manifest.children.map((child) => child.digest) : [];
    if (isDigest(digest) && children.every(isDigest)) return { digest, children };
    return { unread: `a digest that Forgejo cannot hold, got ${[digest, ...children].join(', ')}` };
  } catch (error) {
    if (error instanceof Stopped || (error instanceof RegistryError && ENDS_THE_RUN.has(error.kind)))
      throw error;
    return { unread: error instanceof Error ? error.message : String(error) };
  }
}
