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
const deployment = (name: string, containers: readonly string[]): Workload => ({
  ...{ kind: 'Deployment', name, containers, ...terraformSets },
});
const cronJob = (name: string, container: string): Workload => ({
  ...{ kind: 'CronJob', name, containers: [container], ...terraformSets },
});

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
          { ...deployment('payslip-ingest', ['payslip-ingest']), initContainers: ['alembic-migrate'] },
          cronJob('actualbudget-payroll-sync', 'sync'),
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
        workloads: [{ ...deployment('job-hunter', ['job-hunter']), initContainers: ['alembic-migrate'] }],
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
            ...deployment('claude-agent-service', ['claude-agent-service']),
            initContainers: ['git-init', 'seed-beads-agent'],
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
          { ...deployment('fire-planner', ['fire-planner']), initContainers: ['alembic-migrate'] },
          cronJob('fire-planner-recompute', 'recompute'),
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
        workloads: [cronJob('wealthfolio-sync', 'sync')],
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
        workloads: [deployment('music-viktor', ['freedify']), deployment('music-emo', ['freedify'])],
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
        workloads: [deployment('chrome-service', ['novnc'])],
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
        workloads: [deployment('beadboard', ['beadboard'])],
      },
      {
        image: 'claude-agent-service',
        folder: 'stacks/beads-server',
        tagIs: 'expression',
        workloads: [cronJob('beads-dispatcher', 'dispatcher'), cronJob('beads-reaper', 'reaper')],
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
        workloads: [{ ...deployment('claude-memory', ['claude-memory']), hasPullSecret: false }],
      },
    ],
  },
] as const satisfies readonly App[];
