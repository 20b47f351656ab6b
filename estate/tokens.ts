/** What a credential is for. One duty, one token (incidents of 2026-06-09 and 2026-08: one token, several duties). */
export type Duty = 'pull' | 'push' | 'delete';

/** A Forgejo personal access token, found by its duty. The token itself lives in Vault and nowhere else. */
export interface Token {
  /** The Forgejo account that issued it. */
  readonly owner: string;
  readonly scopes: readonly string[];
  readonly vault: VaultKey;
}

/** A key of a KV v2 secret in the mount `secret`. */
export interface VaultKey {
  readonly path: string;
  readonly key: string;
}

/** Another account than a package's owner is answered 403 (2026-06-09), hence `viktor` for push and delete (ADR 5). */
export const tokens = {
  pull: {
    owner: 'cluster-puller',
    scopes: ['read:package'],
    vault: { path: 'viktor', key: 'forgejo_pull_token' },
  },
  push: {
    owner: 'viktor',
    scopes: ['write:package'],
    vault: { path: 'ci/global', key: 'forgejo_push_token' },
  },
  delete: {
    owner: 'viktor',
    scopes: ['write:package'],
    vault: { path: 'viktor', key: 'forgejo_cleanup_token' },
  },
} as const satisfies Record<Duty, Token>;
