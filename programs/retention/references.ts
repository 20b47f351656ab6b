import { isDigest, isTag, type Digest } from '../../clients/forgejo/tag';
import { isSameHost, parseReference, type Reference } from '../../clients/oci/reference';
import type { Protection, ProtectionTarget } from './protection';

export interface ReferenceScope {
  /** Every host by which a reference may name this Forgejo. */
  readonly registryHosts: readonly string[];
  readonly owner: string;
}

/**
 * What a reference protects. One that names this registry protects its tag, `latest` when it has none; one with a digest
 * protects that content whatever host it names, since an image pulled through another one is the same image. What no rule
 * understands protects more: every package whose name it mentions, and every tag.
 */
export function protectionsOf(
  text: string,
  source: Protection['source'],
  by: string,
  scope: ReferenceScope,
): readonly Protection[] {
  return targetsOf(text, scope).map((target) => ({ source, by, target }));
}

function targetsOf(text: string, { registryHosts, owner }: ReferenceScope): readonly ProtectionTarget[] {
  // Container runtimes report an image without a repository by its bare digest, and Docker prefixes the rest.
  const image = text.trim().replace(/^[a-z-]+:\/\//i, '');
  const bare = /^(?:sha256:)?([0-9a-f]{64})$/.exec(image)?.[1];
  if (bare !== undefined) return [{ kind: 'digest', digest: `sha256:${bare}` as Digest }];
  const reference = parse(image);
  if (reference === undefined) {
    const digests = image.match(/sha256:[0-9a-f]{64}/g)?.filter(isDigest) ?? [];
    return [{ kind: 'unparsable', text }, ...digests.map((digest) => ({ kind: 'digest', digest }) as const)];
  }
  const { host, repository, digest } = reference;
  const prefix = `${owner.toLowerCase()}/`;
  const named =
    registryHosts.some((each) => isSameHost(each, host)) && repository.startsWith(prefix)
      ? repository.slice(prefix.length)
      : undefined;
  // Forgejo stores tags in lower case and finds them in any.
  const tag = (reference.tag ?? (digest === undefined ? 'latest' : '')).toLowerCase();
  return [
    ...(digest !== undefined && isDigest(digest)
      ? [{ kind: 'digest', digest, ...(named === undefined ? {} : { package: named }) } as const]
      : []),
    ...(named !== undefined && isTag(tag) ? [{ kind: 'tag', package: named, tag } as const] : []),
  ];
}

function parse(image: string): Reference | undefined {
  try {
    return parseReference(image);
  } catch {
    return undefined;
  }
}
