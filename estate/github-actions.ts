import type { VaultKey } from './tokens';

/** What builds outside of the cluster, and its logins: GitHub's secrets are named as the keys are, in capitals. */
export interface GithubActionsFacts {
  readonly runner: string;
  /** Pushes to these are built. */
  readonly branches: readonly string[];
  /** The one action that is used, by its commit: a tag can be moved. */
  readonly checkout: string;
  readonly dockerHub: { readonly username: VaultKey; readonly token: VaultKey };
  /** GitHub's secret that holds a token of Woodpecker with push rights. */
  readonly woodpeckerToken: string;
}

export const githubActions = {
  runner: 'ubuntu-latest',
  branches: ['main', 'master'],
  // v4.2.2
  checkout: 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683',
  dockerHub: {
    username: { path: 'ci/global', key: 'dockerhub_username' },
    token: { path: 'ci/global', key: 'dockerhub_token' },
  },
  woodpeckerToken: 'WOODPECKER_TOKEN',
} as const satisfies GithubActionsFacts;
