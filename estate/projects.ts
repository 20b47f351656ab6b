/** A source repository of Phase 1: it builds one image and pushes it to both registries. */
export interface Project {
  /** Also the name of its image. */
  readonly name: string;
  /** How its source reaches Forgejo. */
  readonly move: 'extract from monorepo' | 'push' | 'already there' | 'stays in infra';
  /** Pipeline file that is written or edited. */
  readonly pipeline: string;
  /** Pushes to it are built. */
  readonly branch: string;
  /** @default "Dockerfile" */
  readonly dockerfile?: string;
  /** @default "." */
  readonly context?: string;
  /** Changes of these paths alone start a build. @default every push to the branch */
  readonly onlyFor?: readonly string[];
  /** Tags besides the commit's, which move with every build. @default none */
  readonly floatingTags?: readonly string[];
  /** `owner/name` of what it was on GitHub, archived once it has moved. @default it was not there, or stays */
  readonly githubRepository?: string;
}

/** A repository that GitHub Actions builds and Woodpecker deploys. */
export interface GithubProject {
  readonly repository: string;
  /** What it builds: a row of `images.ts` or, where the image does not move, `owner/name` at Docker Hub. */
  readonly image: string;
  /** `rendered`: we render its deploy trigger, which needs its Woodpecker id. `by hand`: its owner does. */
  readonly deployTrigger: 'rendered' | 'by hand';
  /** What runs an image that has no row, which `apps.ts` tells of the others. @default its owner deploys it */
  readonly deploys?: readonly CiDeployment[];
}

/** A Deployment whose containers' image CI sets. */
export interface CiDeployment {
  readonly namespace: string;
  readonly name: string;
  readonly containers: readonly string[];
}

const ownPipeline = { pipeline: '.woodpecker.yml', branch: 'main' } as const;

export const projects = [
  { name: 'claude-agent-service', move: 'extract from monorepo', ...ownPipeline },
  { name: 'fire-planner', move: 'extract from monorepo', ...ownPipeline },
  { name: 'wealthfolio-sync', move: 'extract from monorepo', ...ownPipeline },
  { name: 'hmrc-sync', move: 'extract from monorepo', ...ownPipeline },
  { name: 'freedify', move: 'push', ...ownPipeline },
  { name: 'payslip-ingest', move: 'already there', ...ownPipeline },
  { name: 'job-hunter', move: 'already there', ...ownPipeline },
  { name: 'beadboard', move: 'push', ...ownPipeline, githubRepository: 'ViktorBarzin/beadboard' },
  {
    ...{ name: 'claude-memory-mcp', move: 'push', ...ownPipeline },
    githubRepository: 'ViktorBarzin/claude-memory-mcp',
  },
  {
    name: 'infra-ci',
    move: 'stays in infra',
    pipeline: '.woodpecker/build-ci-image.yml',
    branch: 'master',
    ...{ dockerfile: 'ci/Dockerfile', context: 'ci/', onlyFor: ['ci/Dockerfile'] },
    // Pipelines run in it by this tag.
    floatingTags: ['latest'],
  },
] as const satisfies readonly Project[];

const byHand = { deployTrigger: 'by hand' } as const;
const rendered = { deployTrigger: 'rendered' } as const;

/**
 * Four of the nine have no row in the table of Woodpecker ids: their triggers stay by hand until they have one. Of one alone
 * the tree's rows say what runs it; the others' `deploy.yml` stays their owner's.
 */
export const githubProjects = [
  { repository: 'Website', image: 'viktorbarzin/website', ...rendered },
  { repository: 'k8s-portal', image: 'viktorbarzin/k8s-portal', ...byHand },
  {
    ...{ repository: 'f1-stream', image: 'viktorbarzin/f1-stream', ...rendered },
    deploys: [{ namespace: 'f1-stream', name: 'f1-stream', containers: ['f1-stream'] }],
  },
  { repository: 'claude-memory-mcp', image: 'claude-memory-mcp', ...rendered },
  { repository: 'apple-health-data', image: 'viktorbarzin/apple-health-data', ...byHand },
  { repository: 'audiblez-web', image: 'viktorbarzin/audiblez-web', ...rendered },
  { repository: 'plotting-book', image: 'viktorbarzin/plotting-book', ...rendered },
  { repository: 'insta2spotify', image: 'viktorbarzin/insta2spotify', ...byHand },
  { repository: 'book-search', image: 'viktorbarzin/audiobook-search', ...byHand },
] as const satisfies readonly GithubProject[];
