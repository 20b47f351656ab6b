/** The tree's own pages, which say where images live and are brought to the truth once the legacy registry is gone. */
export interface DocumentFacts {
  readonly runbooks: string;
  /** Pages of its owner: each receives a marked section, and nothing else of it changes. */
  readonly pages: Readonly<Partial<Record<DocumentSection, string>>>;
  /** Runbooks of the registry that is gone. */
  readonly retired: readonly string[];
}

/** What a section tells: where images live, what watches them, how to work with them, what runs, what the VM still does. */
export type DocumentSection =
  'image-registry' | 'integrity-probe' | 'private-images' | 'services' | 'registry-vm';

/** The Terragrunt tree that the stacks are delivered into. */
export interface StacksFacts {
  /** Which form applies changes here. In `terragrunt`, a shared stack's cdktf form refuses to plan: the tree's state holds it. */
  readonly form: 'terragrunt' | 'cdktf';
  /** The tree's branch: what is on it is applied. */
  readonly branch: string;
  /** Stacks whose state is a local file in the tree; all others keep theirs in PostgreSQL, a schema per stack. */
  readonly tier0: readonly string[];
  /**
   * Stacks that stay the user's, by name. Each receives one generated file in the folder of the module where our resources
   * live; they keep its address in the state, which is empty for the root module.
   */
  readonly shared: Readonly<Record<string, { readonly folder: string; readonly address: string }>>;
  /** Folder of the tree for what the homelab's DNS servers are given. */
  readonly dnsFolder: string;
  readonly documents: DocumentFacts;
  /** Our pipelines of the tree, which plan every pull request. @default there are none */
  readonly pipelines?: {
    /** Name of the image that they run in. */
    readonly image: string;
    /** A push applies; else a person starts each apply, with the variable `APPLY`. */
    readonly applyOnPush: boolean;
  };
  /** Vault's secret that holds, by stack, what was applied last; nothing else reads or writes it. */
  readonly appliedRecord: string;
  /** The search for what was changed behind Terraform's back, over every stack of the tree. */
  readonly drift: DriftFacts;
  /** What the tree's config.tfvars gives to variables that objects are named by: for the written manifests alone. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface DriftFacts {
  readonly schedule: string;
  /** What was not looked at by then is not looked at; shorter than the schedule's period. */
  readonly deadlineMinutes: number;
  /** Fewer stacks that were really looked at are alerted: a search that finds none looks like one that finds nothing. */
  readonly leastStacks: number;
}

export const stacks = {
  form: 'terragrunt',
  branch: 'master',
  tier0: ['infra', 'platform', 'cnpg', 'vault', 'dbaas', 'external-secrets'],
  shared: {
    infra: { folder: 'stacks/infra', address: '' },
    vault: { folder: 'stacks/vault', address: '' },
    woodpecker: { folder: 'stacks/woodpecker', address: '' },
    kyverno: { folder: 'stacks/kyverno/modules/kyverno', address: 'module.kyverno' },
    monitoring: { folder: 'stacks/monitoring/modules/monitoring', address: 'module.monitoring' },
  },
  dnsFolder: 'stacks/infra/dns',
  documents: {
    runbooks: 'docs/runbooks',
    pages: {
      'image-registry': 'docs/architecture/ci-cd.md',
      'integrity-probe': 'docs/architecture/monitoring.md',
      'private-images': '.claude/CLAUDE.md',
      services: '.claude/reference/service-catalog.md',
      'registry-vm': 'docs/runbooks/registry-vm.md',
    },
    retired: ['docs/runbooks/registry-rebuild-image.md'],
  },
  pipelines: { image: 'infra-ci', applyOnPush: false },
  appliedRecord: 'applied-stacks',
  drift: { schedule: '30 1 * * *', deadlineMinutes: 240, leastStacks: 140 },
  variables: { tls_secret_name: 'tls-secret' },
} as const satisfies StacksFacts;
