import type { VaultKey } from '../estate/tokens';

export interface DesiredAccount {
  readonly name: string;
  readonly email: string;
  /** A person's account is never made here: nobody would know its password. */
  readonly kind: 'person' | 'robot';
}

/** A team of the organization whose members may read or write its packages, and nothing else. */
export interface DesiredTeam {
  readonly name: string;
  readonly packages: 'read' | 'write';
  readonly members: readonly string[];
}

export interface DesiredOrganization {
  readonly name: string;
  readonly teams: readonly DesiredTeam[];
}

/** A personal access token that must be in Vault. */
export interface DesiredToken {
  /** As the estate calls it; part of its name at Forgejo. */
  readonly name: string;
  readonly account: string;
  readonly scopes: readonly string[];
  readonly vault: VaultKey;
}

/** Who must be able to do what at Forgejo, and where Vault keeps the means. */
export interface Desired {
  readonly accounts: readonly DesiredAccount[];
  /** @default the packages belong to a person */
  readonly organization?: DesiredOrganization;
  readonly tokens: readonly DesiredToken[];
  /** What a person types to have the pod's own command line do this. */
  readonly inPod: (args: readonly string[]) => string;
  /** How long a superseded token goes on working: the slowest way by which its successor reaches a consumer. */
  readonly overlapHours: number;
}
