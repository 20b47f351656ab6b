/** Vault as pods reach it, and who of the CI logs in there. */
export interface VaultFacts {
  /** The Service that leads to the active one, and its port. */
  readonly service: string;
  readonly namespace: string;
  readonly port: number;
  /** Mount of Kubernetes authentication. */
  readonly kubernetesAuth: string;
  readonly consumers: Readonly<Record<VaultConsumerName, VaultConsumer>>;
}

/** Applies the tree, writes CI's secrets, deploys. */
export type VaultConsumerName = 'apply' | 'secretSync' | 'deploy';

/** A ServiceAccount of the CI's namespace, the role that it logs in as, and the policy of the same name. */
export interface VaultConsumer {
  readonly role: string;
  readonly serviceAccount: string;
  /** Of the token, which may be renewed for as long again. */
  readonly tokenDays: number;
  /** Beside those that derive from what it reads. */
  readonly rights: readonly VaultRight[];
  /** Policies that others declare. */
  readonly otherPolicies: readonly string[];
  /** What it, and who else, could before. @default nothing more */
  readonly formerly?: FormerAccess;
}

export interface FormerAccess {
  readonly serviceAccounts: readonly string[];
  readonly rights: readonly VaultRight[];
  /** Ends it; delivery names who loses what. */
  readonly narrowed: boolean;
}

/** @see https://developer.hashicorp.com/vault/docs/concepts/policies#capabilities */
export interface VaultRight {
  readonly path: string;
  readonly capabilities: readonly ('create' | 'read' | 'update' | 'patch' | 'delete' | 'list' | 'deny')[];
}

/** Today one ServiceAccount, `default`, is every pipeline and the sync. */
export const vault = {
  service: 'vault-active',
  namespace: 'vault',
  port: 8200,
  kubernetesAuth: 'kubernetes',
  consumers: {
    apply: {
      role: 'ci',
      serviceAccount: 'ci-apply',
      tokenDays: 7,
      rights: [
        { path: 'secret/data/*', capabilities: ['read'] },
        { path: 'secret/data/platform', capabilities: ['create', 'read', 'update'] },
        { path: 'secret/data/vault', capabilities: ['deny'] },
        { path: 'transit/decrypt/sops-state-*', capabilities: ['update'] },
        { path: 'transit/encrypt/sops-state-*', capabilities: ['update'] },
      ],
      otherPolicies: ['terraform-state'],
      formerly: {
        serviceAccounts: ['default'],
        rights: [
          { path: 'secret/data/vault', capabilities: ['read'] },
          // Allows nothing: Vault takes `*` for a glob at the end of a path alone.
          { path: 'kubernetes/creds/*-deployer', capabilities: ['read'] },
        ],
        narrowed: false,
      },
    },
    secretSync: {
      role: 'woodpecker-sync',
      serviceAccount: 'vault-woodpecker-sync',
      tokenDays: 8,
      rights: [],
      otherPolicies: [],
      formerly: {
        serviceAccounts: ['default'],
        rights: [{ path: 'secret/data/ci/*', capabilities: ['list', 'read'] }],
        narrowed: false,
      },
    },
    deploy: {
      role: 'woodpecker-deployer',
      serviceAccount: 'woodpecker-deployer',
      tokenDays: 1,
      rights: [],
      otherPolicies: [],
    },
  },
} as const satisfies VaultFacts;
