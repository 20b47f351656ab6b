import { forEachConcurrently } from '../../clients/concurrency';
import type { RegistryClient } from '../../clients/oci/client';
import { Stopped } from '../stopped';
import { partsOf } from './image';
import type { Package } from './package';
import type { TagOfPackage } from './plan';

/** A kept image that does not answer whole. */
export interface Broken extends TagOfPackage {
  readonly fault: string;
}

export interface AftermathOptions {
  readonly client: RegistryClient;
  readonly owner: string;
  readonly concurrency: number;
}

/** More leaving tags than this are not measured: the figure is for a person, and must not cost more than the run. */
const MAX_MEASURED_TAGS = 200;
const MAX_MEASURED_PARTS = 100_000;

/** The parts of the tags that leave, to be asked before they do; `undefined` when there are too many to ask for. */
export async function partsOfLeaving(
  { client, owner, concurrency }: AftermathOptions,
  leaving: readonly TagOfPackage[],
): Promise<Map<string, number> | undefined> {
  if (leaving.length > MAX_MEASURED_TAGS) return undefined;
  const parts = new Map<string, number>();
  await forEachConcurrently(leaving, concurrency, async ({ package: name, tag }) => {
    // What cannot be measured adds nothing; the deletion itself tells what is wrong.
    const found = await partsOf(client, `${owner}/${name}`, tag).catch(() => new Map<string, number>());
    if (parts.size <= MAX_MEASURED_PARTS) for (const [part, size] of found) parts.set(part, size);
  });
  return parts.size > MAX_MEASURED_PARTS ? undefined : parts;
}

/**
 * Re-reads every kept tag of the packages that were touched, with every child of its index, and takes what they are made
 * of out of `freed`: what remains there is what Forgejo's sweeps can free, unless another package uses it too.
 */
export async function findBroken(
  { client, owner, concurrency }: AftermathOptions,
  kept: readonly TagOfPackage[],
  freed?: Map<string, number>,
): Promise<readonly Broken[]> {
  const broken: Broken[] = [];
  await forEachConcurrently(kept, concurrency, async ({ package: name, tag }) => {
    try {
      for (const part of (await partsOf(client, `${owner}/${name}`, tag)).keys()) freed?.delete(part);
    } catch (error) {
      if (error instanceof Stopped) throw error;
      broken.push({ package: name, tag, fault: error instanceof Error ? error.message : String(error) });
    }
  });
  return broken;
}

/** Kept tags that list a child of which their package has neither a row nor a tag, as a run that was killed may leave one. */
export function findIncomplete(
  packages: readonly Package[],
  kept: readonly TagOfPackage[],
): readonly Broken[] {
  const staying = new Set(kept.map(({ package: name, tag }) => `${name}:${tag}`));
  return packages.flatMap(({ name, tags, digests }) => {
    const there = new Set<string>([
      ...digests.map(({ digest }) => digest),
      ...tags.flatMap(({ manifest }) => ('digest' in manifest ? [manifest.digest] : [])),
    ]);
    return tags.flatMap(({ tag, manifest }) => {
      const lost =
        'digest' in manifest && staying.has(`${name}:${tag}`)
          ? manifest.children.find((child) => !there.has(child))
          : undefined;
      return lost === undefined
        ? []
        : [{ package: name, tag, fault: `its child ${lost} is not there; push the image again` }];
    });
  });
}
