import { faultsIn, type Rule } from './rule';

/** A name that is used exists, and a name that identifies is used once. */
export const knownName: Rule = (estate) => {
  const known = namesOf(estate.images);
  const claims = estate.evidence.map(({ claim }) => claim);
  const unknown = (where: string, name: string): string[] =>
    faultsIn([
      !known.includes(name),
      `${where}: names an image that estate/images.ts does not have, got "${name}"; add its row or correct the name`,
    ]);
  return [
    ...estate.apps.flatMap((app) =>
      app.pulls.flatMap((pull) => unknown(`estate.apps["${app.stack}"]`, pull.image)),
    ),
    ...estate.projects.flatMap(({ name }) => unknown(`estate.projects["${name}"]`, name)),
    ...(estate.stacks.pipelines === undefined
      ? []
      : unknown('estate.stacks.pipelines.image', estate.stacks.pipelines.image)),
    ...estate.pipelineSteps.flatMap(({ file, image }) => unknown(`estate.pipelineSteps["${file}"]`, image)),
    ...estate.pipelineImages.flatMap(({ image, movesAfter }) => [
      ...unknown(`estate.pipelineImages["${image}"]`, image),
      ...faultsIn([
        !estate.apps.some(({ stack }) => stack === movesAfter),
        `estate.pipelineImages["${image}"].movesAfter: names no app, got "${movesAfter}"; name a stack of estate/apps.ts`,
      ]),
    ]),
    ...estate.pipelineSteps
      .filter(({ image }) => !estate.pipelineImages.some((row) => row.image === image))
      .map(
        ({ file, image }) =>
          `estate.pipelineSteps["${file}"]: runs in an image without a place in the cutover, got "${image}"; add it to pipelineImages`,
      ),
    ...unknown('estate.integrityProbe.canary', estate.integrityProbe.canary),
    ...repeated('estate.images', known),
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
