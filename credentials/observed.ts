import { isToken } from '../clients/forgejo/administration';
import type { KvSecret } from '../clients/vault/kv';

/** A token as Forgejo lists it: never its value, but the end of it. */
export interface ListedToken {
  readonly name: string;
  readonly lastEight: string;
  readonly scopes: readonly string[];
}

/** Which of an account's tokens a value is: Forgejo tells of each the end alone. */
export function listedAs(value: unknown, tokens: readonly ListedToken[]): ListedToken | undefined {
  if (!isToken(value)) return undefined;
  return tokens.find(({ lastEight }) => lastEight.length === 8 && value.endsWith(lastEight));
}

/** Whether it may do what it is for and no more. */
export function hasScopes(token: ListedToken, scopes: readonly string[]): boolean {
  return [...token.scopes].sort().join() === [...scopes].sort().join();
}

export interface ObservedAccount {
  /** As it is called now. */
  readonly login: string;
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
  /** What is called otherwise now, or no organization, and has the organization's name. */
  readonly namesake: string | undefined;
  readonly secrets: ReadonlyMap<string, KvSecret>;
  /** Accounts, lower-cased, that may not act by a token that Vault has. */
  readonly heldBack: ReadonlySet<string>;
}
