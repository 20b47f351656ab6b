/** What builds outside of the cluster, and its logins. */
export interface GithubActionsFacts {
  readonly runner: string;
  /** Pushes to these are built. */
  readonly branches: readonly string[];
  /** The one action that is used, by its commit: a tag can be moved. */
  readonly checkout: string;
  /** Woodpecker's secrets; GitHub's have these names in capitals. */
  readonly dockerHub: { readonly username: string; readonly token: string };
  /** GitHub's secret that holds a token of Woodpecker with push rights. */
  readonly woodpeckerToken: string;
}

export const githubActions = {
  runner: 'ubuntu-latest',
  branches: ['main', 'master'],
  // v4.2.2
  checkout: 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683',
  dockerHub: { username: 'dockerhub_username', token: 'dockerhub_token' },
  woodpeckerToken: 'WOODPECKER_TOKEN',
} as const satisfies GithubActionsFacts;
