/** A source repository of Phase 1: it builds one image and pushes it to both registries. */
export interface Project {
  /** Also the name of its image. */
  readonly name: string;
  /** How its source reaches Forgejo. */
  readonly move: 'extract from monorepo' | 'push' | 'already there' | 'stays in infra';
  /** Pipeline file that is written or edited. */
  readonly pipeline: string;
  readonly pipelineIs: 'new' | 'edited';
  /** `owner/name` of what it was on GitHub, archived once it has moved. @default it was not there, or stays */
  readonly githubRepository?: string;
}

/** A repository that GitHub Actions builds and Woodpecker deploys. */
export interface GithubProject {
  readonly repository: string;
  /** `rendered`: we render its deploy trigger, which needs its Woodpecker id. `by hand`: its owner does. */
  readonly deployTrigger: 'rendered' | 'by hand';
}

const newPipeline = { pipeline: '.woodpecker.yml', pipelineIs: 'new' } as const;
const editedPipeline = { pipeline: '.woodpecker.yml', pipelineIs: 'edited' } as const;

export const projects = [
  { name: 'claude-agent-service', move: 'extract from monorepo', ...newPipeline },
  { name: 'fire-planner', move: 'extract from monorepo', ...newPipeline },
  { name: 'wealthfolio-sync', move: 'extract from monorepo', ...newPipeline },
  { name: 'hmrc-sync', move: 'extract from monorepo', ...newPipeline },
  { name: 'freedify', move: 'push', ...newPipeline },
  { name: 'payslip-ingest', move: 'already there', ...editedPipeline },
  { name: 'job-hunter', move: 'already there', ...editedPipeline },
  { name: 'beadboard', move: 'push', ...newPipeline, githubRepository: 'ViktorBarzin/beadboard' },
  {
    ...{ name: 'claude-memory-mcp', move: 'push', ...newPipeline },
    githubRepository: 'ViktorBarzin/claude-memory-mcp',
  },
  {
    name: 'infra-ci',
    move: 'stays in infra',
    pipeline: '.woodpecker/build-ci-image.yml',
    pipelineIs: 'edited',
  },
] as const satisfies readonly Project[];

/** Four of the nine have no row in the table of Woodpecker ids: their triggers stay by hand until they have one. */
export const githubProjects = [
  { repository: 'Website', deployTrigger: 'rendered' },
  { repository: 'k8s-portal', deployTrigger: 'by hand' },
  { repository: 'f1-stream', deployTrigger: 'rendered' },
  { repository: 'claude-memory-mcp', deployTrigger: 'rendered' },
  { repository: 'apple-health-data', deployTrigger: 'by hand' },
  { repository: 'audiblez-web', deployTrigger: 'rendered' },
  { repository: 'plotting-book', deployTrigger: 'rendered' },
  { repository: 'insta2spotify', deployTrigger: 'by hand' },
  { repository: 'book-search', deployTrigger: 'by hand' },
] as const satisfies readonly GithubProject[];
