import type { Estate } from '../estate';
import type { GithubProject } from '../projects';
import { faultsIn, type Rule } from './rule';

/** What GitHub builds and Woodpecker deploys; Woodpecker's API takes numbers, not names. */
export const githubProject: Rule = (estate) => [
  ...estate.githubProjects.flatMap((project) => projectFaults(estate, project)),
  ...estate.apps.flatMap(({ stack, pulls }) =>
    pulls.flatMap(({ workloads }) =>
      workloads
        .filter(({ imageSetBy, kind }) => imageSetBy === 'ci' && kind !== 'Deployment')
        .map(
          ({ kind, name }) =>
            `estate.apps["${stack}"]: CI sets what is no Deployment, got ${kind}/${name}; its account may change Deployments alone, so let Terraform set it`,
        ),
    ),
  ),
];

function projectFaults(estate: Estate, project: GithubProject): string[] {
  const { repository, image, deployTrigger, deploys = [] } = project;
  const where = `estate.githubProjects["${repository}"]`;
  const isRow = estate.images.some(({ name }) => name === image);
  return faultsIn(
    [
      deployTrigger === 'rendered' && estate.woodpeckerRepositoryIds[repository] === undefined,
      `${where}: its deploy trigger needs a Woodpecker repository id, got none; look it up in Woodpecker and add it to estate/woodpecker.ts, or leave the trigger "by hand"`,
    ],
    [
      estate.woodpeckerOnlyRepositories.includes(repository),
      `${where}: is built by Woodpecker alone, got "${repository}"; take it out of one list`,
    ],
    [
      isRow && deploys.length > 0,
      `${where}.deploys: says again what estate.apps says, got "${image}"; tell it there alone`,
    ],
  );
}
