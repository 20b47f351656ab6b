import type { KvSecret } from '../clients/vault/kv';

/** A token as Forgejo lists it: never its value, but the end of it. */
export interface ListedToken {
  readonly name: string;
  readonly lastEight: string;
  readonly scopes: readonly string[];
}

export interface ObservedAccount {
  /** The name is an organization's, which no one logs in as. */
  readonly isOrganization: boolean;
  readonly isActive: boolean;
  readonly loginProhibited: boolean;
  readonly tokens: readonly ListedToken[];
}

export interface ObservedTeam {
  readonly id: number;
  readonly packages: 'none' | 'read' | 'write' | 'admin';
  readonly members: readonly string[];
}

/** What Forgejo and Vault hold of it now. */
export interface Observed {
  /** By name, lower-cased as Forgejo compares it; one that is absent has no entry. */
  readonly accounts: ReadonlyMap<string, ObservedAccount>;
  /** Undefined while there is none. */
  readonly organization: { readonly teams: ReadonlyMap<string, ObservedTeam> } | undefined;
  /** Whether the organization's name is an account's. */
  readonly organizationNameIsTaken: boolean;
  /** By path. */
  readonly secrets: ReadonlyMap<string, KvSecret>;
}
