import { isDigest, type Digest, type Tag } from '../../clients/forgejo/tag';
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
    const digests = [...image.matchAll(/sha256:[0-9a-f]{64}/g)].map(([digest]) => digest as Digest);
    return [{ kind: 'unparsable', text }, ...digests.map((digest) => ({ kind: 'digest', digest }) as const)];
  }
  const { host, repository, digest } = reference;
  const prefix = `${owner.toLowerCase()}/`;
  const named =
    registryHosts.some((each) => isSameHost(each, host)) && repository.startsWith(prefix)
      ? repository.slice(prefix.length)
      : undefined;
  // Forgejo stores tags in lower case and finds them in any.
  const tag = reference.tag?.toLowerCase() ?? (digest === undefined ? 'latest' : undefined);
  return [
    ...(digest === undefined
      ? []
      : [{ kind: 'digest', digest, ...(named === undefined ? {} : { package: named }) } as const]),
    ...(named === undefined || tag === undefined
      ? []
      : [{ kind: 'tag', package: named, tag: tag as Tag } as const]),
  ];
}

/** A digest that is none of Forgejo's makes it something that no rule understands. */
function parse(image: string): (Reference & { readonly digest?: Digest }) | undefined {
  try {
    const { digest, ...name } = parseReference(image);
    if (digest === undefined) return name;
    return isDigest(digest) ? { ...name, digest } : undefined;
  } catch {
    return undefined;
  }
}
