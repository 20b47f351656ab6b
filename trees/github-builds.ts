import { pushgatewayUrl } from '../estate/derived/pushgateway';
import { imageAt } from '../estate/derived/references';
import type { Estate } from '../estate/estate';
import { isAtLeast } from '../estate/phases';
import type { GithubProject } from '../estate/projects';
import { deploy, type DeployProps } from '../pipelines/deploy';
import { githubBuild, type GithubBuildProps, type GithubSecret } from '../pipelines/github-build';
import { projectBuild, type BuildTarget, type ProjectBuildProps } from '../pipelines/project-build';
import { deployProps } from './deploy-props';
import type { TreeFile } from './tree-file';

/** What its repository holds: the build on GitHub; where Woodpecker has it, a build that a person starts, and the deploy of what CI sets. */
export function githubBuildTree(estate: Estate, project: GithubProject): readonly TreeFile[] {
  const fallback = fallbackOf(estate, project);
  const deployment = deployOf(estate, project);
  return [
    ...githubBuild(githubBuildOf(estate, project)),
    ...(fallback === undefined ? [] : projectBuild(fallback)),
    ...(deployment === undefined ? [] : deploy(deployment)),
  ];
}

function githubBuildOf(estate: Estate, project: GithubProject): GithubBuildProps {
  const { githubActions, woodpecker } = estate;
  const { branches, checkout, runner, woodpeckerToken } = githubActions;
  const id = estate.woodpeckerRepositoryIds[project.repository];
  return {
    ...{ branches, checkout, runner },
    targets: targetsOf(estate, project).map(({ host, repository, github }) => ({
      host,
      repository,
      ...github,
    })),
    ...(project.deployTrigger === 'rendered' && id !== undefined
      ? {
          deploy: { url: `https://${woodpecker.host}`, repositoryId: id, token: { secret: woodpeckerToken } },
        }
      : {}),
  };
}

/** Undefined where Woodpecker does not have the repository, or has a login to nothing that it pushes to. */
function fallbackOf(estate: Estate, project: GithubProject): ProjectBuildProps | undefined {
  const targets = targetsOf(estate, project).flatMap(({ host, repository, woodpecker }) =>
    woodpecker === undefined ? [] : [{ host, repository, ...woodpecker }],
  );
  if (estate.woodpeckerRepositoryIds[project.repository] === undefined || targets.length === 0)
    return undefined;
  return {
    ...{ path: '.woodpecker/build-fallback.yml', isFallback: true, targets },
    ...{ branch: estate.githubActions.branches, images: estate.woodpecker.images },
    pushgateway: pushgatewayUrl(estate),
  };
}

/** Undefined where Woodpecker does not have the repository, or nothing is for CI to set. */
export function deployOf(estate: Estate, project: GithubProject): DeployProps | undefined {
  return estate.woodpeckerRepositoryIds[project.repository] === undefined
    ? undefined
    : deployProps(estate, project, estate.githubActions.branches);
}

interface Target {
  readonly host: string;
  readonly repository: string;
  readonly github: { readonly username: string | GithubSecret; readonly password: GithubSecret };
  readonly woodpecker?: Pick<BuildTarget, 'username' | 'password'>;
}

/** Where it is pulled from today, and Forgejo for what moves there, from the phase that pushes to both. */
function targetsOf(estate: Estate, { image }: GithubProject): readonly Target[] {
  const row = estate.images.find(({ name }) => name === image);
  const { dockerHub } = estate.githubActions;
  const secret = ({ key }: { readonly key: string }): GithubSecret => ({ secret: key.toUpperCase() });
  const source =
    row === undefined ? { host: 'docker.io', repository: image } : imageAt(estate, row, 'source');
  const { push } = estate.tokens;
  return [
    source.host !== 'docker.io'
      ? {
          ...source,
          github: { username: source.repository.split('/')[0] ?? '', password: { secret: 'GITHUB_TOKEN' } },
        }
      : {
          ...source,
          github: {
            username: secret({ key: dockerHub.username }),
            password: secret({ key: dockerHub.token }),
          },
          woodpecker: { username: { key: dockerHub.username }, password: { key: dockerHub.token } },
        },
    ...(row !== undefined && isAtLeast(estate.phase, 'dual-push')
      ? [
          {
            ...imageAt(estate, row, 'forgejo'),
            github: { username: push.owner, password: secret(push.vault) },
            woodpecker: { username: push.owner, password: push.vault },
          },
        ]
      : []),
  ];
}
