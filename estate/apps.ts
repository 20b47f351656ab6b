import type { TagOwner } from './images';

/** A workload whose containers pull one image. */
export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'CronJob';
  readonly name: string;
  /** @default the name of the stack */
  readonly namespace?: string;
  readonly containers: readonly string[];
  readonly initContainers?: readonly string[];
  /** Whether its pod spec names the Secret `registry-credentials`. */
  readonly hasPullSecret: boolean;
  /** Who writes its image field; anyone but Terraform means the field is in `ignore_changes`. */
  readonly imageSetBy: TagOwner;
}

/** An image as one stack refers to it. */
export interface Pull {
  /** Name of a row of `images.ts`. */
  readonly image: string;
  /** Folder in the Terragrunt tree whose HCL holds the reference. */
  readonly folder: string;
  /**
   * `literal`: the tag is written in the reference, so this estate owns it.
   * `expression`: the tag comes from a variable or local beside it, whose inputs keep working.
   * `absent`: the attribute holds no tag; containers join one to it, as in `image = "${local.image}:${var.tag}"`.
   */
  readonly tagIs: 'literal' | 'expression' | 'absent';
  readonly workloads: readonly Workload[];
}

/** An app: one Terragrunt stack, everything private it pulls, and whether it has moved. */
export interface App {
  /** Folder name below `stacks/`. */
  readonly stack: string;
  /** Whether it pulls from Forgejo. Needs evidence that each image is there (`derived/claims.ts`). */
  readonly cutOver: boolean;
  readonly pulls: readonly Pull[];
}

const terraformSets = { hasPullSecret: true, imageSetBy: 'terraform' } as const;

/** Order = lowest blast radius first, which is the order of the cutover. */
export const apps = [
  {
    stack: 'payslip-ingest',
    cutOver: false,
    pulls: [
      {
        image: 'payslip-ingest',
        folder: 'stacks/payslip-ingest',
        tagIs: 'expression',
        workloads: [
          {
            kind: 'Deployment',
            name: 'payslip-ingest',
            initContainers: ['alembic-migrate'],
            containers: ['payslip-ingest'],
            ...terraformSets,
          },
          { kind: 'CronJob', name: 'actualbudget-payroll-sync', containers: ['sync'], ...terraformSets },
        ],
      },
    ],
  },
  {
    stack: 'job-hunter',
    cutOver: false,
    pulls: [
      {
        image: 'job-hunter',
        folder: 'stacks/job-hunter',
        tagIs: 'expression',
        workloads: [
          {
            kind: 'Deployment',
            name: 'job-hunter',
            initContainers: ['alembic-migrate'],
            containers: ['job-hunter'],
            ...terraformSets,
          },
        ],
      },
    ],
  },
  {
    stack: 'claude-agent-service',
    cutOver: false,
    pulls: [
      {
        image: 'claude-agent-service',
        folder: 'stacks/claude-agent-service',
        tagIs: 'absent',
        workloads: [
          {
            kind: 'Deployment',
            name: 'claude-agent-service',
            initContainers: ['git-init', 'seed-beads-agent'],
            containers: ['claude-agent-service'],
            ...terraformSets,
          },
        ],
      },
    ],
  },
  {
    stack: 'fire-planner',
    cutOver: false,
    pulls: [
      {
        image: 'fire-planner',
        folder: 'stacks/fire-planner',
        tagIs: 'expression',
        workloads: [
          {
            kind: 'Deployment',
            name: 'fire-planner',
            initContainers: ['alembic-migrate'],
            containers: ['fire-planner'],
            ...terraformSets,
          },
          { kind: 'CronJob', name: 'fire-planner-recompute', containers: ['recompute'], ...terraformSets },
        ],
      },
    ],
  },
  {
    stack: 'wealthfolio',
    cutOver: false,
    pulls: [
      {
        image: 'wealthfolio-sync',
        folder: 'stacks/wealthfolio',
        tagIs: 'literal',
        workloads: [{ kind: 'CronJob', name: 'wealthfolio-sync', containers: ['sync'], ...terraformSets }],
      },
    ],
  },
  {
    stack: 'freedify',
    cutOver: false,
    pulls: [
      {
        image: 'freedify',
        folder: 'stacks/freedify/factory',
        tagIs: 'expression',
        workloads: [
          { kind: 'Deployment', name: 'music-viktor', containers: ['freedify'], ...terraformSets },
          { kind: 'Deployment', name: 'music-emo', containers: ['freedify'], ...terraformSets },
        ],
      },
    ],
  },
  {
    stack: 'chrome-service',
    cutOver: false,
    pulls: [
      {
        image: 'chrome-service-novnc',
        folder: 'stacks/chrome-service',
        tagIs: 'literal',
        workloads: [{ kind: 'Deployment', name: 'chrome-service', containers: ['novnc'], ...terraformSets }],
      },
    ],
  },
  {
    stack: 'beads-server',
    cutOver: false,
    pulls: [
      {
        image: 'beadboard',
        folder: 'stacks/beads-server',
        tagIs: 'expression',
        workloads: [{ kind: 'Deployment', name: 'beadboard', containers: ['beadboard'], ...terraformSets }],
      },
      {
        image: 'claude-agent-service',
        folder: 'stacks/beads-server',
        tagIs: 'expression',
        workloads: [
          { kind: 'CronJob', name: 'beads-dispatcher', containers: ['dispatcher'], ...terraformSets },
          { kind: 'CronJob', name: 'beads-reaper', containers: ['reaper'], ...terraformSets },
        ],
      },
    ],
  },
  {
    stack: 'claude-memory',
    cutOver: false,
    pulls: [
      {
        image: 'claude-memory-mcp',
        folder: 'stacks/claude-memory',
        tagIs: 'literal',
        workloads: [
          {
            kind: 'Deployment',
            name: 'claude-memory',
            containers: ['claude-memory'],
            hasPullSecret: false,
            imageSetBy: 'terraform',
          },
        ],
      },
    ],
  },
] as const satisfies readonly App[];
