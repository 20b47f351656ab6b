import { forEachConcurrently } from '../../clients/concurrency';
import type { Digest } from '../../clients/forgejo/tag';
import { listVersions } from '../../clients/forgejo/versions';
import type { Forge } from './forge';
import { partsOf } from './image';
import { childrenOf, readOf, type ManifestRead, type Package, type TagVersion } from './package';
import { packagesOf, readManifest } from './packages';
import type { TagOfPackage, Unit } from './plan';
import type { Executed } from './unit-actions';

/** An image that stays and that does not answer whole. */
export interface Broken extends TagOfPackage {
  readonly fault: string;
}

/**
 * The packages as they are after a run, from one more list: a row that was there before is the same manifest, since every
 * push makes a new one, so that only what was pushed meanwhile is read.
 */
export async function packagesAfter(
  { client, owner, api, concurrency }: Forge,
  before: readonly Package[],
): Promise<readonly Package[]> {
  const known = new Map(before.flatMap(({ tags }) => tags.map(({ id, manifest }) => [id, manifest])));
  const after = packagesOf(await listVersions(api)).filter(({ name }) =>
    before.some((each) => each.name === name),
  );
  const pushed = new Map<TagVersion, ManifestRead>();
  await forEachConcurrently(
    after.flatMap(({ name, tags }) =>
      tags.flatMap((version) => (known.has(version.id) ? [] : [{ name, version }])),
    ),
    concurrency,
    async ({ name, version }) => {
      pushed.set(version, await readManifest(client, `${owner}/${name}`, version.tag));
    },
  );
  return after.map((each) => ({
    ...each,
    tags: each.tags.map((version) => ({
      ...version,
      manifest: known.get(version.id) ?? pushed.get(version) ?? version.manifest,
    })),
  }));
}

/**
 * The tags of a state that do not leave and list a child of which their package has neither row nor tag; the registry is asked
 * for each, and what it answers whole is no fault.
 */
export async function findBroken(
  { client, owner, concurrency }: Pick<Forge, 'client' | 'owner' | 'concurrency'>,
  packages: readonly Package[],
  leaving: readonly Unit[],
): Promise<readonly Broken[]> {
  const leave = new Set(leaving.flatMap(({ tags }) => tags.map(({ id }) => id)));
  const broken: Broken[] = [];
  await forEachConcurrently(packages.flatMap(incompleteIn), concurrency, async ({ id, ...image }) => {
    if (leave.has(id)) return;
    await partsOf(client, `${owner}/${image.package}`, image.tag).catch(() => broken.push(image));
  });
  return broken;
}

/** With a failure for what a later state lists in a row that was there before: a push would have made another one. */
export function exceptListed(
  executed: readonly Executed[],
  before: readonly Package[],
  after: readonly Package[],
): readonly Executed[] {
  const known = new Set(before.flatMap(({ digests }) => digests.map(({ id }) => id)));
  const listed = new Set(
    after.flatMap(({ name, tags, digests }) => [
      ...tags.map(({ id }) => id),
      ...digests.flatMap(({ id, digest }) => (known.has(id) ? [`${name} ${digest}`] : [])),
    ]),
  );
  const failed = (what: string): Executed['outcome'] => ({
    kind: 'failed',
    error: `Forgejo says that ${what} is gone, and lists it all the same; look at its log`,
  });
  return executed.flatMap((each) => {
    const { unit, outcome } = each;
    if (!/^(deleted|gone)$/.test(outcome.kind)) return [each];
    const isThere = (digest: Digest): boolean => listed.has(`${unit.package} ${digest}`);
    const there = each.digests.filter(isThere);
    const digests = each.digests.filter((digest) => !isThere(digest));
    const went = {
      ...each,
      unit: { ...unit, digests: unit.digests.filter((row) => !isThere(row)) },
      digests,
    };
    if (unit.tags.some(({ id }) => listed.has(id))) return [{ ...each, digests, outcome: failed('it') }];
    if (there.length === 0) return [each];
    const rows = {
      unit: { ...unit, tags: [], digests: there },
      digests: [],
      outcome: failed(there.join(', ')),
    };
    return unit.tags.length + digests.length > 0 ? [went, rows] : [rows];
  });
}

/** Kept tags that a later state does not have; a moved one it has. */
export function findGone(kept: readonly TagOfPackage[], after: readonly Package[]): readonly Broken[] {
  const there = new Set(after.flatMap(({ name, tags }) => tags.map(({ tag }) => `${name}:${tag}`)));
  return kept
    .filter(({ package: name, tag }) => !there.has(`${name}:${tag}`))
    .map((each) => ({ ...each, fault: 'it is gone, and this run did not delete it; push the image again' }));
}

function incompleteIn({ name, tags, digests }: Package): readonly (Broken & { readonly id: number })[] {
  const there = new Set([
    ...digests.map(({ digest }) => digest),
    ...tags.map((each) => readOf(each)?.digest),
  ]);
  return tags.flatMap(({ id, tag, manifest }) => {
    const lost = childrenOf({ manifest }).find((child) => !there.has(child));
    return lost === undefined
      ? []
      : [{ id, package: name, tag, fault: `its child ${lost} is not there; push the image again` }];
  });
}
