import { forEachConcurrently } from '../../clients/concurrency';
import type { Digest } from '../../clients/forgejo/tag';
import { listVersions } from '../../clients/forgejo/versions';
import { Stopped } from '../stopped';
import type { Forge } from './forge';
import { childrenOf, readOf, type Package, type TagVersion } from './package';
import { packagesOf, readManifest } from './packages';

export interface ForeignRows {
  /** Of our own digests those of which another owner's package has a row that no tag of it lists, and in which one. */
  readonly unclaimed: ReadonlyMap<Digest, string>;
  /** What could not be read, one sentence each. */
  readonly unknown: readonly string[];
}

/** Of one run, in all other owners together: enough for any homelab, and an end for a server that has none. */
const MAX_OWNERS = 50;
const MAX_MANIFESTS = 2_000;

/**
 * Looks at the other owners whose packages the token can read, for rows that endanger what we share with them: of each the
 * list, and the manifests of those packages alone that have a digest of ours. A package that cannot be read whole counts as one
 * that lists nothing, which keeps more. No decision rests on an owner being readable: see docs/adr, 19.
 */
export async function foreignRows(
  { client, owner: own, apiOf, concurrency }: Forge,
  packages: readonly Package[],
): Promise<ForeignRows> {
  const ours = digestsOf(packages);
  const unclaimed = new Map<Digest, string>();
  const unknown: string[] = [];
  if (ours.size === 0) return { unclaimed, unknown };
  let room = MAX_MANIFESTS;
  const unlisted = async (owner: string, { name, tags, digests }: Package): Promise<void> => {
    room -= tags.length;
    const listed = new Set<Digest>();
    let isWhole = room >= 0;
    const read = async ({ tag }: TagVersion): Promise<void> => {
      const manifest = await readManifest(client, `${owner}/${name}`, tag).catch(ifNotStopped);
      if (readOf({ manifest }) === undefined) isWhole = false;
      for (const child of childrenOf({ manifest })) listed.add(child);
    };
    if (isWhole) await forEachConcurrently(tags, concurrency, read);
    if (!isWhole) unknown.push(`"${name}" of "${owner}" could not be read whole, so what it shares stays`);
    for (const { digest } of digests)
      if (ours.has(digest) && !(isWhole && listed.has(digest)))
        unclaimed.set(digest, `"${name}" of "${owner}"`);
  };
  const { owners, why } = await ownersOf(client, own);
  if (why !== undefined) unknown.push(`other owners are not all known, ${why}`);
  for (const owner of owners)
    try {
      const theirs = packagesOf(await listVersions(apiOf(owner)));
      for (const each of theirs)
        if (each.digests.some(({ digest }) => ours.has(digest))) await unlisted(owner, each);
    } catch (error) {
      ifNotStopped(error);
      unknown.push(`the packages of "${owner}" could not be listed, ${(error as Error).message}`);
    }
  return { unclaimed, unknown };
}

/** Whose packages the registry's catalogue names beside the owner's. */
async function ownersOf(
  client: Forge['client'],
  own: string,
): Promise<{ readonly owners: ReadonlySet<string>; readonly why?: string }> {
  const owners = new Set<string>();
  try {
    for await (const repository of client.catalog()) {
      const owner = /^([a-z\d][a-z\d._-]*)\/./i.exec(repository)?.[1]?.toLowerCase();
      if (owner === undefined || owner === own) continue;
      if (owners.size === MAX_OWNERS) return { owners, why: `there are more than ${MAX_OWNERS}` };
      owners.add(owner);
    }
    return { owners };
  } catch (error) {
    ifNotStopped(error);
    return { owners, why: (error as Error).message };
  }
}

/** What our images are made of, and what has no image of its own. */
function digestsOf(packages: readonly Package[]): ReadonlySet<Digest> {
  return new Set(
    packages.flatMap(({ tags, digests }) => [
      ...digests.map(({ digest }) => digest),
      ...tags.flatMap(childrenOf),
    ]),
  );
}

/** Another owner's trouble does not end our run; being told to stop does. */
function ifNotStopped(error: unknown): undefined {
  if (error instanceof Stopped) throw error;
}
