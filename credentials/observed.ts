import { isToken, type Account, type TokenEntry } from '../clients/forgejo/administration';
import type { KvSecret } from '../clients/vault/kv';
import type { Refused } from '../steps/refused';
import type { ObservedPullSecrets } from './preflight/pull-secrets';

/** Which of an account's tokens a value is: Forgejo tells of each the end alone. */
export function listedAs(value: unknown, tokens: readonly TokenEntry[]): TokenEntry | undefined {
  if (!isToken(value)) return undefined;
  return tokens.find(({ token_last_eight: end }) => end.length === 8 && value.endsWith(end));
}

/** Whether it may do what it is for and no more. */
export function hasScopes(token: TokenEntry, scopes: readonly string[]): boolean {
  return [...token.scopes].sort().join() === [...scopes].sort().join();
}

export interface ObservedAccount extends Account {
  /** The name is an organization's, which no one logs in as. */
  readonly isOrganization: boolean;
  readonly tokens: readonly TokenEntry[];
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
  /** The cluster's pull Secrets, or why they cannot be read. @default no token for pulls is superseded, and none was asked for */
  readonly copies?: ObservedPullSecrets | Refused;
}
