/** The Terragrunt tree that the stacks are delivered into. */
export interface StacksFacts {
  /**
   * Which form applies changes here. Where it is `terragrunt`, the cdktf form of a shared stack refuses to plan:
   * its own state would hold resources that the tree's state holds already.
   */
  readonly form: 'terragrunt' | 'cdktf';
  /** Stacks whose state is a local file in the tree; all others keep theirs in PostgreSQL, a schema per stack. */
  readonly tier0: readonly string[];
  /** Folders of stacks whose every resource is ours: their hand-written HCL is replaced. */
  readonly whole: { readonly forgejo: string };
  /** Module folders of stacks that stay the user's: each receives one generated file, so addresses stay. */
  readonly shared: { readonly kyverno: string; readonly monitoring: string };
}

export const stacks = {
  form: 'terragrunt',
  tier0: ['infra', 'platform', 'cnpg', 'vault', 'dbaas', 'external-secrets'],
  whole: { forgejo: 'stacks/forgejo' },
  shared: { kyverno: 'stacks/kyverno/modules/kyverno', monitoring: 'stacks/monitoring/modules/monitoring' },
} as const satisfies StacksFacts;
