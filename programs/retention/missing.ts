import type { Digest, Tag } from '../../clients/forgejo/tag';
import { unreadOf } from './judgement';
import { contentsOf, type Package } from './package';
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
  const there = new Map(
    packages.map((owner) => [
      owner.name,
      { contents: everythingOf(owner), isWhole: unreadOf(owner) === undefined },
    ]),
  );
  const missing = new Map<string, Missing>();
  for (const { source, by, target } of protections) {
    if (!('package' in target)) continue;
    const version = target.kind === 'tag' ? target.tag : target.digest;
    const owner = there.get(target.package);
    if (owner?.contents.has(version) === true || (target.kind === 'digest' && owner?.isWhole === false))
      continue;
    const reference = target.kind === 'tag' ? `${target.package}:${version}` : `${target.package}@${version}`;
    const known = missing.get(reference);
    if (known === undefined || weight[source] < weight[known.source])
      missing.set(reference, { source, reference, by });
  }
  return [...missing.values()];
}

export function describeMissing({ source, reference, by }: Missing): string {
  return `${reference} is missing, and ${whys[source]}: ${by}`;
}

const whys = {
  running: 'the cluster needs it',
  observed: 'a container runs it that could not be started anew from it, or an argument names it',
  synthesized: 'the estate names it',
} as const;

function everythingOf({ tags, digests }: Package): ReadonlySet<Tag | Digest> {
  return new Set([
    ...tags.map(({ tag }) => tag),
    ...digests.map(({ digest }) => digest),
    ...tags.flatMap(contentsOf),
  ]);
}

/** The first is told. */
const weight = { running: 0, synthesized: 1, observed: 2 } as const;
