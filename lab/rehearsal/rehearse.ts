import { createHash } from 'node:crypto';
import { imageAt, pulledReference } from '../../estate/derived/references';
import { cutoverOrder } from '../../estate/derived/cutover-order';
import type { Estate } from '../../estate/estate';
import type { ImageReference } from '../../estate/image-reference';
import { RegistryClient } from '../../clients/oci/client';
import { renderTable } from '../../terminal/table';
import { startPoller } from './poller';
import { startScene } from './scene';
import type { KillAt } from './killed';
import { bakeDaysOf, rehearsalDayMs, stagesOf } from './stages';

export interface RehearsalProps {
  readonly estate: Estate;
  /** Fewer builds, and nothing is killed. */
  readonly quick: boolean;
  /** Of where each step is killed. */
  readonly seed: string;
  readonly tell: (line: string) => void;
}

export interface Rehearsal {
  /** What was done, how long each step took, what was seen. */
  readonly report: string;
  readonly pulls: number;
  /** Pulls that failed, and the step that did. */
  readonly failures: readonly string[];
}

/** In the legacy registry, whatever the estate. */
const leastTags = 30;

/** The whole migration of an estate on real servers, from nothing to the end, while every image is pulled all the time. */
export async function rehearse({ estate, quick, seed, tell }: RehearsalProps): Promise<Rehearsal> {
  const days = bakeDaysOf(estate);
  const endsMs = Math.floor(Date.now() / 1000) * 1000;
  const scene = await startScene(estate, endsMs - days * rehearsalDayMs);
  const rows: string[][] = [];
  const failures: string[] = [];
  const begun = Date.now();
  const poller = startPoller({
    references: () => (rows.length === 0 ? [] : pulledNow(scene.estate)),
    clientOf: (host) =>
      host === scene.estate.forgejo.host
        ? scene.clientOf('pull')
        : new RegistryClient({ url: scene.lab.legacyRegistry.url }),
  });
  const killAt: KillAt | undefined = quick
    ? undefined
    : (what, within) => 1 + (hash(`${seed} ${what}`) % within);
  try {
    for (const { name, run } of stagesOf({
      older: Math.max(quick ? 2 : 8, Math.ceil(leastTags / estate.images.length)),
      days,
      endsMs,
      killAt,
    })) {
      tell(name);
      const from = Date.now();
      const before = poller.pulls();
      const seen = await run(scene);
      rows.push([name, seconds(Date.now() - from), String(poller.pulls() - before), seen]);
    }
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  } finally {
    await poller.stop();
    await scene.stop();
  }
  failures.push(...poller.failures);
  const sum = `${seconds(Date.now() - begun)} s, ${poller.pulls()} pulls of ${poller.bytes()} bytes, ${poller.failures.length} failed\n`;
  const report = `${renderTable(['STEP', 'SECONDS', 'PULLS', 'SAW'], rows)}${failures.map((line) => `${line}\n`).join('')}${sum}`;
  return { report, pulls: poller.pulls(), failures };
}

/** Every reference of the estate, from where its phase has clients pull. */
function pulledNow(estate: Estate): readonly ImageReference[] {
  const pipelines = cutoverOrder(estate).filter(({ kind }) => kind === 'pipelines');
  return [
    ...estate.apps.flatMap((app) => app.pulls.map((pull) => pulledReference(estate, app, pull))),
    ...estate.images
      .filter(({ name }) => pipelines.some(({ images }) => images.includes(name)))
      .map((image) => {
        const moved = pipelines.some(({ cutOver, images }) => cutOver && images.includes(image.name));
        return { ...imageAt(estate, image, moved ? 'forgejo' : 'source'), tag: image.tag };
      }),
  ];
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const hash = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE();
