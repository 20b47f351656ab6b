import { forEachConcurrently } from '../../clients/concurrency';
import type { Digest } from '../../clients/forgejo/tag';
import type { Forge } from './forge';
import { partsOf } from './image';
import type { Package } from './package';
import type { Unit } from './plan';

/** More images than this are not measured: the figure is for a person, and must not cost more than the run. */
const MAX_MEASURED_IMAGES = 500;
const MAX_MEASURED_PARTS = 100_000;

/**
 * What Forgejo's sweeps can free once these units are gone, in bytes: what their images are made of and no image that stays
 * in the same packages is. To be asked before they leave; `undefined` when there are too many images to ask for.
 */
export async function freedBy(
  { client, owner, concurrency }: Pick<Forge, 'client' | 'owner' | 'concurrency'>,
  packages: readonly Package[],
  units: readonly Unit[],
): Promise<number | undefined> {
  const touched = new Set(units.map((unit) => unit.package));
  const leaving = new Set(units.flatMap(({ tags }) => tags.map(({ id }) => id)));
  const images = packages.filter(({ name }) => touched.has(name)).flatMap(imagesOf);
  if (images.length > MAX_MEASURED_IMAGES) return undefined;
  const freed = new Map<string, number>();
  const staying = new Set<string>();
  await forEachConcurrently(images, concurrency, async ({ package: name, tag, id }) => {
    // What cannot be measured adds nothing; the deletion itself tells what is wrong.
    const parts = await partsOf(client, `${owner}/${name}`, tag).catch(() => new Map<string, number>());
    if (freed.size + staying.size > MAX_MEASURED_PARTS) return;
    for (const [part, size] of parts)
      if (leaving.has(id)) freed.set(part, size);
      else staying.add(part);
  });
  if (freed.size + staying.size > MAX_MEASURED_PARTS) return undefined;
  return [...freed].reduce((sum, [part, bytes]) => sum + (staying.has(part) ? 0 : bytes), 0);
}

/** Of tags of one digest, which leave together or not at all, the first. */
function imagesOf({
  name,
  tags,
}: Package): readonly { readonly package: string; readonly tag: string; readonly id: number }[] {
  const images = new Map<Digest, { package: string; tag: string; id: number }>();
  for (const { id, tag, manifest } of tags)
    if ('digest' in manifest && !images.has(manifest.digest))
      images.set(manifest.digest, { package: name, tag, id });
  return [...images.values()];
}
