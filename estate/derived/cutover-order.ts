import type { Estate } from '../estate';

/** What moves as one: an app, or the steps of infra pipelines that run in one image. */
export interface Mover {
  /** An app's stack, or the image of pipelines. */
  readonly name: string;
  readonly kind: 'app' | 'pipelines';
  readonly cutOver: boolean;
  /** Names of rows of `images.ts`. */
  readonly images: readonly string[];
}

/** Everything that is cut over, lowest blast radius first. */
export function cutoverOrder({ apps, pipelineImages }: Estate): readonly Mover[] {
  return apps.flatMap(({ stack, cutOver, pulls }): Mover[] => [
    { name: stack, kind: 'app', cutOver, images: pulls.map(({ image }) => image) },
    ...pipelineImages
      .filter(({ movesAfter }) => movesAfter === stack)
      .map((row): Mover => ({
        ...{ name: row.image, kind: 'pipelines', cutOver: row.cutOver, images: [row.image] },
      })),
  ]);
}

/** The estate as it is once one of them has moved, or has moved back. */
export function withCutOver<E extends Estate>(estate: E, name: string, cutOver: boolean): E {
  return {
    ...estate,
    apps: estate.apps.map((app) => (app.stack === name ? { ...app, cutOver } : app)),
    pipelineImages: estate.pipelineImages.map((row) => (row.image === name ? { ...row, cutOver } : row)),
  };
}
