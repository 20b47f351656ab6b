/** A module of a shared stack: its folder in the tree, and its address in the state, which our addresses keep: empty for the root module. */
export interface SharedModule {
  readonly folder: string;
  readonly address: string;
}

/** The tree's own pages, which say where images live and are brought to the truth once the legacy registry is gone. */
export interface DocumentFacts {
  /** Folder of its runbooks. */
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
  /**
   * Which form applies changes here. Where it is `terragrunt`, the cdktf form of a shared stack refuses to plan:
   * its own state would hold resources that the tree's state holds already.
   */
  readonly form: 'terragrunt' | 'cdktf';
  /** Stacks whose state is a local file in the tree; all others keep theirs in PostgreSQL, a schema per stack. */
  readonly tier0: readonly string[];
  /** Stacks that stay the user's, by name: each receives one generated file in the module where our resources live. */
  readonly shared: Readonly<Record<string, SharedModule>>;
  /** Folder of the tree for what the homelab's DNS servers are given. */
  readonly dnsFolder: string;
  readonly documents: DocumentFacts;
  /**
   * What the tree's config.tfvars gives to variables that Kubernetes objects are named by. The written manifests
   * show these values; Terraform takes the tree's own.
   */
  readonly variables: Readonly<Record<string, string>>;
}

export const stacks = {
  form: 'terragrunt',
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
  variables: { tls_secret_name: 'tls-secret' },
} as const satisfies StacksFacts;
