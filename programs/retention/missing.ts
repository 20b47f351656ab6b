import { readOf, type Package } from './package';
import type { Protection } from './protection';

/** Something that is needed and that the registry does not have. */
export interface Missing {
  readonly source: Protection['source'];
  /** Package with tag or digest, without the owner. */
  readonly reference: string;
  readonly by: string;
}

/** What of this registry is named and not there, each once. What a package has of digests is known only when it was read whole. */
export function missingReferences(
  packages: readonly Package[],
  protections: readonly Protection[],
): readonly Missing[] {
  const there = new Map(packages.map((owner) => [owner.name, contentsOf(owner)]));
  const missing = new Map<string, Missing>();
  for (const { source, by, target } of protections) {
    if (target.kind === 'unparsable' || target.package === undefined) continue;
    const version = target.kind === 'tag' ? target.tag : target.digest;
    const contents = there.get(target.package);
    if (contents?.has(version) === true || (target.kind === 'digest' && contents?.has(UNREAD) === true))
      continue;
    const reference = target.kind === 'tag' ? `${target.package}:${version}` : `${target.package}@${version}`;
    const known = missing.get(reference);
    if (known === undefined || weight(source) < weight(known.source))
      missing.set(reference, { source, reference, by });
  }
  return [...missing.values()];
}

export function describeMissing({ source, reference, by }: Missing): string {
  switch (source) {
    case 'running':
      return `${reference} is missing, and the cluster needs it: ${by}`;
    case 'observed':
      return `${reference} is missing, and a container runs it that could not be started anew from it: ${by}`;
    case 'synthesized':
      return `${reference} is missing, and the estate names it: ${by}`;
  }
}

const UNREAD = 'unread';

function contentsOf({ tags, digests, strange = [] }: Package): ReadonlySet<string> {
  return new Set([
    ...strange.map(() => UNREAD),
    ...digests.map(({ digest }) => digest),
    ...tags.map(({ tag }) => tag),
    ...tags
      .map(readOf)
      .flatMap((read): readonly string[] =>
        read === undefined ? [UNREAD] : [read.digest, ...read.children],
      ),
  ]);
}

function weight(source: Protection['source']): number {
  return ['running', 'synthesized', 'observed'].indexOf(source);
}
