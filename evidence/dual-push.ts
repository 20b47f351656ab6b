import { forEachConcurrently } from '../clients/concurrency';
import type { RegistryClient } from '../clients/oci/client';
import { imageAt, targetTags } from '../estate/derived/references';
import type { Look, Measured } from './measured';
import { createdAt } from './created-at';
import type { OfImage } from './image-present';
import type { Sources } from './sources';
import { digestOf, missingParts, servedOf, tagsOf } from './whole-image';

/** Tags by which pipelines name one build: the first eight characters of its commit. */
const commitTag = /^[0-9a-f]{8}$/u;
/** An older build may have come to the target by a copy. */
const maxAgeDays = 7;
const maxBuilds = 50;

/**
 * One build of a project that its pipeline has just pushed to both registries: the same digest under the tag of its commit,
 * whole in the target. Tags that the estate names do not count, since a migration copies these.
 */
export async function measureDualPush(props: OfImage & Pick<Sources, 'nowMs'>): Promise<Measured> {
  const { estate, image, target, sourceOf, nowMs } = props;
  const { host } = estate.legacyRegistry;
  const repository = image.source.registry === 'legacy' ? image.source.repository : image.name;
  const to = imageAt(estate, image, 'forgejo');
  const source = sourceOf(host);
  const named = new Set(targetTags(image));
  const inTarget = new Set(await buildsOf(target, to.repository));
  const both = (await buildsOf(source, repository)).filter((tag) => inTarget.has(tag) && !named.has(tag));
  const seen: string[] = [];
  for (const { tag, digest, builtMs } of (await builtOf(target, to.repository, both)).slice(0, maxBuilds)) {
    if (digest !== (await digestOf(source, repository, tag))) {
      seen.push(`${tag} is not the same on both sides`);
      continue;
    }
    const [missing] = await missingParts(target, to.repository, digest);
    const ageDays = (nowMs - (builtMs ?? Number.NaN)) / (24 * 3_600_000);
    // A clock may be a little ahead of ours.
    if (missing === undefined && ageDays > -0.1 && ageDays <= maxAgeDays)
      return measured(host, to.host, { holds: true, saw: `${tag}, ${digest}, built ${dateOf(builtMs)}` });
    seen.push(missing === undefined ? `${tag} was built ${dateOf(builtMs)}` : `${tag} misses ${missing}`);
  }
  const saw = seen.length === 0 ? 'no tag of a commit that both have' : seen.join(', ');
  return measured(host, to.host, {
    holds: false,
    saw: `${saw}; let its pipeline build once, and measure within ${maxAgeDays} days`,
  });
}

function measured(legacy: string, forgejo: string, look: Omit<Look, 'what'>): Measured {
  return { source: `${legacy} and ${forgejo}`, looks: [{ what: 'a new build on both sides', ...look }] };
}

/** The newest first; registries list names by the alphabet. */
async function builtOf(
  client: RegistryClient,
  repository: string,
  tags: readonly string[],
): Promise<readonly { tag: string; digest: string; builtMs: number | undefined }[]> {
  const built: { tag: string; digest: string; builtMs: number | undefined }[] = [];
  await forEachConcurrently(tags, 8, async (tag) => {
    const served = await servedOf(client, repository, tag);
    if (served !== undefined)
      built.push({ tag, digest: served.digest, builtMs: await createdAt(client, repository, served) });
  });
  return built.sort((a, b) => (b.builtMs ?? 0) - (a.builtMs ?? 0) || (a.tag < b.tag ? -1 : 1));
}

const buildsOf = async (client: RegistryClient, repository: string): Promise<readonly string[]> =>
  (await tagsOf(client, repository)).filter((tag) => commitTag.test(tag));

const dateOf = (ms: number | undefined): string =>
  ms === undefined ? 'at a time that it does not say' : new Date(ms).toISOString().slice(0, 19);
