import type { Rule } from './rule';

/** A name that is used exists, and a name that identifies is used once. */
export const knownName: Rule = (estate) => {
  const claims = estate.evidence.map(({ claim }) => claim);
  return [
    ...estate.pipelineImages
      .filter(({ movesAfter }) => !estate.apps.some(({ stack }) => stack === movesAfter))
      .map(
        ({ image, movesAfter }) =>
          `estate.pipelineImages["${image}"].movesAfter: names no app, got "${movesAfter}"; name a stack of estate/apps.ts`,
      ),
    ...estate.pipelineSteps
      .filter(({ image }) => !estate.pipelineImages.some((row) => row.image === image))
      .map(
        ({ file, image }) =>
          `estate.pipelineSteps["${file}"]: runs in an image without a place in the cutover, got "${image}"; add it to pipelineImages`,
      ),
    ...repeated('estate.images', namesOf(estate.images)),
    ...repeated('estate.apps', [
      ...estate.apps.map(({ stack }) => stack),
      ...estate.pipelineImages.map(({ image }) => image),
    ]),
    ...repeated('estate.projects', namesOf(estate.projects)),
    ...repeated('estate.evidence', claims),
  ];
};

const namesOf = (rows: readonly { readonly name: string }[]): string[] => rows.map(({ name }) => name);

function repeated(where: string, names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map(
    (name) => `${where}: has two rows of one name, got "${name}"; keep one`,
  );
}
