import { isDigest, isTag } from '../../clients/forgejo/tag';
import { parseReference, type Reference } from '../../clients/oci/reference';
import type { Protection, ProtectionTarget } from './protection';

export interface ReferenceScope {
  /** Every host by which a reference may name this Forgejo. */
  readonly registryHosts: readonly string[];
  readonly owner: string;
}

/**
 * What a reference protects. One that names this registry protects its tag, `latest` when it has none; one with a digest
 * protects that content whatever host it names, since an image pulled through another one is the same image.
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
  const image = text.trim().replace(/^[a-z-]+:\/\//, '');
  if (isDigest(image)) return [{ kind: 'digest', digest: image }];
  const reference = parse(image);
  if (reference === undefined) return [{ kind: 'unparsable', text }];
  const { host, repository, digest } = reference;
  const targets: ProtectionTarget[] =
    digest !== undefined && isDigest(digest) ? [{ kind: 'digest', digest }] : [];
  // Forgejo stores tags in lower case and finds them in any.
  const tag = (reference.tag ?? (digest === undefined ? 'latest' : '')).toLowerCase();
  if (registryHosts.includes(host) && repository.startsWith(`${owner.toLowerCase()}/`) && isTag(tag))
    targets.push({ kind: 'tag', package: repository.slice(owner.length + 1), tag });
  return targets;
}

function parse(image: string): Reference | undefined {
  try {
    return parseReference(image);
  } catch {
    return undefined;
  }
}
