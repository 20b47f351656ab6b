import type { RegistryName } from './registries';

/** Who may change which tag runs: exactly one of them (incident 33). */
export type TagOwner = 'terraform' | 'ci' | 'updater';

/** Why a tag that does not name one build is tolerated, and until when (`YYYY-MM-DD`). */
export interface FloatingTag {
  readonly until: string;
  readonly why: string;
}

/** One private image of the estate: every reference, copy list, keep-set and pull secret derives from this row. */
export interface Image {
  /** Name of the Forgejo package, below its owner. */
  readonly name: string;
  /** Where it is pulled from until its app is cut over. */
  readonly source: {
    readonly registry: RegistryName;
    /** Path below the registry's host. */
    readonly repository: string;
    /** Whether the tree's reference spells the registry VM's port. @default false */
    readonly withPort?: boolean;
  };
  /** The tag that runs today. */
  readonly tag: string;
  /** Digest of `tag`, where somebody has measured it. */
  readonly digest?: string;
  /** Further tags that must exist in the target, besides `tag`. */
  readonly otherTags?: readonly string[];
  readonly tagOwner: TagOwner;
  /** Required for a tag that floats: see `rules/floating-tag.ts`. */
  readonly floating?: FloatingTag;
}

const legacy = (repository: string): Image['source'] => ({ registry: 'legacy', repository });
const untilFirstForgejoBuild: FloatingTag = {
  until: '2026-12-31',
  why: 'the source repository has no build with a commit tag yet; its first Forgejo build replaces this tag',
};

export const images = [
  { name: 'payslip-ingest', source: legacy('payslip-ingest'), tag: '4f70681d', tagOwner: 'terraform' },
  { name: 'job-hunter', source: legacy('job-hunter'), tag: '92afc38d', tagOwner: 'terraform' },
  {
    name: 'claude-agent-service',
    source: legacy('claude-agent-service'),
    tag: '2fd7670d',
    tagOwner: 'terraform',
  },
  {
    name: 'fire-planner',
    source: legacy('fire-planner'),
    tag: 'latest',
    tagOwner: 'terraform',
    floating: untilFirstForgejoBuild,
  },
  {
    name: 'wealthfolio-sync',
    source: legacy('wealthfolio-sync'),
    tag: 'latest',
    tagOwner: 'terraform',
    floating: untilFirstForgejoBuild,
  },
  {
    name: 'freedify',
    source: legacy('freedify'),
    tag: 'latest',
    tagOwner: 'terraform',
    floating: {
      until: '2026-12-31',
      why: 'the upstream is gone; one build exists and nothing pushes another',
    },
  },
  {
    name: 'chrome-service-novnc',
    source: legacy('chrome-service-novnc'),
    tag: 'v4',
    otherTags: ['latest'],
    tagOwner: 'terraform',
    floating: { until: '2026-12-31', why: 'built and numbered by hand; nothing moves v4' },
  },
  {
    name: 'beadboard',
    source: { ...legacy('beadboard'), withPort: true },
    tag: '17a38e43',
    tagOwner: 'terraform',
  },
  {
    name: 'claude-memory-mcp',
    source: { registry: 'docker.io', repository: 'viktorbarzin/claude-memory-mcp' },
    tag: '17',
    tagOwner: 'terraform',
    floating: { until: '2026-12-31', why: 'numbered by hand on Docker Hub; nothing moves 17' },
  },
  {
    name: 'infra-ci',
    source: legacy('infra-ci'),
    tag: 'latest',
    tagOwner: 'ci',
    floating: { until: '2026-12-31', why: 'pipelines pull it afresh at every run' },
  },
  {
    name: 'hmrc-sync',
    source: legacy('hmrc-sync'),
    tag: 'latest',
    tagOwner: 'ci',
    floating: { until: '2026-12-31', why: 'no workload runs it yet' },
  },
] as const satisfies readonly Image[];
