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

const legacy = (name: string) =>
  ({ name, source: { registry: 'legacy', repository: name }, tagOwner: 'terraform' }) as const;
const untilFirstForgejoBuild: FloatingTag = {
  until: '2026-12-31',
  why: 'the source repository has no build with a commit tag yet; its first Forgejo build replaces this tag',
};

export const images = [
  { ...legacy('payslip-ingest'), tag: '4f70681d' },
  { ...legacy('job-hunter'), tag: '92afc38d' },
  { ...legacy('claude-agent-service'), tag: '2fd7670d' },
  { ...legacy('fire-planner'), tag: 'latest', floating: untilFirstForgejoBuild },
  { ...legacy('wealthfolio-sync'), tag: 'latest', floating: untilFirstForgejoBuild },
  {
    ...{ ...legacy('freedify'), tag: 'latest' },
    floating: {
      until: '2026-12-31',
      why: 'the upstream is gone; one build exists and nothing pushes another',
    },
  },
  {
    ...{ ...legacy('chrome-service-novnc'), tag: 'v4', otherTags: ['latest'] },
    floating: { until: '2026-12-31', why: 'built and numbered by hand; nothing moves v4' },
  },
  {
    ...{ ...legacy('beadboard'), tag: '17a38e43' },
    source: { registry: 'legacy', repository: 'beadboard', withPort: true },
  },
  {
    name: 'claude-memory-mcp',
    source: { registry: 'docker.io', repository: 'viktorbarzin/claude-memory-mcp' },
    tag: '17',
    tagOwner: 'terraform',
    floating: { until: '2026-12-31', why: 'numbered by hand on Docker Hub; nothing moves 17' },
  },
  {
    ...{ ...legacy('infra-ci'), tag: 'latest', tagOwner: 'ci' },
    floating: { until: '2026-12-31', why: 'pipelines pull it afresh at every run' },
  },
  {
    ...{ ...legacy('hmrc-sync'), tag: 'latest', tagOwner: 'ci' },
    floating: { until: '2026-12-31', why: 'no workload runs it yet' },
  },
] as const satisfies readonly Image[];
