import type { Estate } from '../estate';
import type { GithubProject } from '../projects';
import {
  branchName,
  check,
  githubSecret,
  hubRepository,
  objectName,
  pinnedAction,
  runnerLabel,
} from './check';
import type { Rule } from './rule';

/** What GitHub builds and Woodpecker deploys; Woodpecker's API takes numbers, not names. */
export const githubProject: Rule = (estate) => [
  ...actionsFields(estate),
  ...check('estate.stacks.branch', estate.stacks.branch, branchName, 'write a name such as "main"'),
  ...estate.projects.flatMap(({ name, branch }) =>
    check(`estate.projects["${name}"].branch`, branch, branchName, 'write a name such as "main"'),
  ),
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
  return [
    ...(deployTrigger === 'rendered' && estate.woodpeckerRepositoryIds[repository] === undefined
      ? [
          `${where}: its deploy trigger needs a Woodpecker repository id, got none; look it up in Woodpecker and add it to estate/woodpecker.ts, or leave the trigger "by hand"`,
        ]
      : []),
    ...(estate.woodpeckerOnlyRepositories.includes(repository)
      ? [`${where}: is built by Woodpecker alone, got "${repository}"; take it out of one list`]
      : []),
    ...(isRow
      ? []
      : check(
          `${where}.image`,
          image,
          hubRepository,
          'name a row of estate.images, or owner/name at Docker Hub',
        )),
    ...(isRow && deploys.length > 0
      ? [`${where}.deploys: says again what estate.apps says, got "${image}"; tell it there alone`]
      : []),
    ...deploys.flatMap(({ namespace, name, containers }) =>
      [namespace, name, ...containers].flatMap((each) =>
        check(`${where}.deploys`, each, objectName, 'write namespace, Deployment and containers by name'),
      ),
    ),
  ];
}

function actionsFields({ githubActions }: Estate): string[] {
  const where = 'estate.githubActions';
  const { branches, checkout, dockerHub, woodpeckerToken } = githubActions;
  return [
    ...check(`${where}.runner`, githubActions.runner, runnerLabel, 'write a label such as "ubuntu-latest"'),
    ...(branches.length === 0 ? [`${where}.branches: is empty, got ""; name what is built`] : []),
    ...branches.flatMap((each) =>
      check(`${where}.branches`, each, branchName, 'write a name such as "main"'),
    ),
    ...check(
      `${where}.checkout`,
      checkout,
      pinnedAction,
      'write owner/name@ and the 40 digits of its commit',
    ),
    ...Object.entries(dockerHub).flatMap(([name, secret]) =>
      check(`${where}.dockerHub.${name}`, secret.toUpperCase(), githubSecret, 'write its name at Woodpecker'),
    ),
    ...check(
      `${where}.woodpeckerToken`,
      woodpeckerToken,
      githubSecret,
      'write its name at GitHub, in capitals',
    ),
  ];
}
