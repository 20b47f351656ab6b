import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { shellLine } from '../terminal/shell-words';
import type { TreeFile } from './registry-config-sync';

export interface GithubTarget {
  readonly host: string;
  readonly repository: string;
  /** An account, or the secret that holds it. */
  readonly username: string | GithubSecret;
  readonly password: GithubSecret;
}

/** A secret of the repository by its name; `GITHUB_TOKEN` is the run's own. */
export interface GithubSecret {
  readonly secret: string;
}

export interface GithubBuildProps {
  readonly runner: string;
  readonly branches: readonly string[];
  /** The action that checks out, by its commit. */
  readonly checkout: string;
  readonly targets: readonly GithubTarget[];
  /** @default its owner deploys */
  readonly deploy?: { readonly url: string; readonly repositoryId: number; readonly token: GithubSecret };
}

const script = 'ci/build-image.sh';

/**
 * A repository's build on GitHub Actions, with its script. Expressions stand in `env` alone: one inside of a script would
 * become its text.
 *
 * @throws an Error when there is no target
 * @see https://docs.github.com/actions/reference/security/secure-use
 */
export function githubBuild(props: GithubBuildProps): readonly TreeFile[] {
  const { branches, checkout, deploy, runner, targets } = props;
  const path = '.github/workflows/build-and-deploy.yml';
  if (targets.length === 0) throw new Error(`${path}: pushes nowhere, got no target; name a registry`);
  const pushesToGithub = targets.some(({ password }) => password.secret === 'GITHUB_TOKEN');
  const steps = [
    { name: 'Check out', uses: checkout, with: { 'persist-credentials': false } },
    ...targets.map(({ host, username, password }) => ({
      name: `Log in to ${host}`,
      env: {
        USERNAME: typeof username === 'string' ? username : expressionOf(username),
        PASSWORD: expressionOf(password),
      },
      run: `sh ${script} login ${shellLine([host])}`,
    })),
    {
      name: 'Build and push',
      run: `sh ${script} push ${shellLine(targets.map(({ host, repository }) => `${host}/${repository}`))}`,
    },
    ...(deploy === undefined
      ? []
      : [
          {
            name: 'Trigger Woodpecker deploy',
            env: { TOKEN: expressionOf(deploy.token) },
            run: `sh ${script} deploy ${shellLine([deploy.url, String(deploy.repositoryId)])}`,
          },
        ]),
  ];
  const workflow = {
    name: 'Build and Deploy',
    on: { push: { branches } },
    permissions: { contents: 'read', ...(pushesToGithub ? { packages: 'write' } : {}) },
    // One after another, so that the newest commit is deployed last.
    concurrency: { group: 'build-and-deploy', 'cancel-in-progress': false },
    jobs: { build: { 'runs-on': runner, 'timeout-minutes': 60, steps } },
  };
  return [
    { path: script, text: readFileSync(join(__dirname, 'build-image.sh'), 'utf8') },
    { path, text: stringify(workflow, { lineWidth: 0, aliasDuplicateObjects: false }) },
  ];
}

function expressionOf({ secret }: GithubSecret): string {
  return `\${{ secrets.${secret} }}`;
}
