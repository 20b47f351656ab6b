import { Semaphore, forEachConcurrently } from '../../clients/concurrency';
import { imagesInUse } from '../../clients/kubernetes/images';
import type { RegistryClient } from '../../clients/oci/client';
import { imageAt } from '../../estate/derived/references';
import type { Estate } from '../../estate/estate';
import type { Sources } from '../../evidence/sources';
import { retiredOf } from '../../scan/retired';
import { scanTree } from '../../scan/scan-tree';
import { decide, type Decided } from './decide';
import { abandonedCopies } from './engine';
import { surveyRepository } from './survey';
import { wantedOf, type Named } from './wanted';

export interface CopyProps {
  readonly estate: Estate;
  /** Both registries; the cluster and the tree, where they are named, say what else is pulled. */
  readonly sources: Sources;
  /** Names of images. @default all that do not come from the target */
  readonly only?: readonly string[];
  /** Told what is being looked at. @default nobody */
  readonly tell?: (line: string) => void;
}

export interface CopyPlan extends Decided {
  readonly surveyedAtMs: number;
}

const maxRequests = 32;
/** What nothing refers to is swept by Forgejo after this (`[cron.cleanup_packages] OLDER_THAN`). */
export const sweepHours = 24;

/** What of every image is to be copied, and what keeps it from being; changes nothing on either side. */
export async function planCopy({
  estate,
  sources,
  only,
  tell = (): void => undefined,
}: CopyProps): Promise<CopyPlan> {
  const surveyedAtMs = Date.now();
  const { wanted, faults } = wantedOf(estate, await namesOf(estate, sources));
  const unknown = (only ?? []).filter((name) => !estate.images.some((image) => image.name === name));
  const problems = [
    ...faults,
    ...unknown.map((name) => `--only: names no image, got "${name}"; estate/images.ts has their names`),
  ];
  const requests = new Semaphore(maxRequests);
  const clients = new Map<string, RegistryClient>();
  const sourceOf = (host: string): RegistryClient => {
    const client = clients.get(host) ?? sources.sourceOf(host);
    clients.set(host, client);
    return client;
  };
  const chosen = wanted.filter(
    ({ image }) => image.source.registry !== 'forgejo' && (only?.includes(image.name) ?? true),
  );
  const decided = new Map<string, Decided>();
  await forEachConcurrently(chosen, 8, async (each) => {
    const [from, to] = [imageAt(estate, each.image, 'source'), imageAt(estate, each.image, 'forgejo')];
    tell(`looking at ${from.host}/${from.repository}`);
    const survey = await surveyRepository({
      from: { client: sourceOf(from.host), repository: from.repository },
      to: { client: sources.target, repository: to.repository },
      ...{ named: [...each.tags.keys()], digests: [...each.digests.keys()] },
      // Of what nobody names, what retention would keep.
      ...{ newest: estate.retention.keepNewestTags, requests },
    });
    decided.set(each.image.name, decide({ ...survey, wanted: each, from, to }));
  });
  const all = inCutoverOrder(estate, [...decided.keys()]).flatMap((name) => decided.get(name) ?? []);
  return {
    surveyedAtMs,
    items: all.flatMap(({ items }) => items),
    faults: [...problems, ...all.flatMap((each) => each.faults)],
    notes: [...pauseOf(surveyedAtMs), ...all.flatMap(({ notes }) => notes)],
  };
}

/** What a copy that was killed had sent of tags that it did not finish is gone, and travels again. */
function pauseOf(nowMs: number): string[] {
  const { lastMs } = abandonedCopies();
  const hours = Math.floor((nowMs - lastMs) / 3_600_000);
  return lastMs === 0 || hours < sweepHours
    ? []
    : [
        `a copy of this machine was killed ${hours} h ago: Forgejo has swept what it had sent of tags that it did not finish, which are copied anew`,
      ];
}

async function namesOf(estate: Estate, { kubernetes, tree }: Sources): Promise<readonly Named[]> {
  const used = kubernetes === undefined ? [] : (await imagesInUse(kubernetes)).uses;
  const written = tree === undefined ? [] : scanTree(tree, retiredOf(estate)).references;
  return [
    ...used.map(({ image, by, told }) => ({ reference: image, by, told })),
    ...written
      .filter(({ use }) => use === 'live')
      .map(({ reference, path, line }) => ({ reference, by: `${path}:${line}`, told: true })),
  ];
}

/** What the first app to move needs is copied first; what no app pulls comes last. */
function inCutoverOrder({ apps }: Estate, names: readonly string[]): string[] {
  const pulled = apps.flatMap(({ pulls }) => pulls.map(({ image }) => image));
  const rank = (name: string): number => (pulled.includes(name) ? pulled.indexOf(name) : pulled.length);
  return [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
