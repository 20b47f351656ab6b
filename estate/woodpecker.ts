/** A step of an infra pipeline that runs in one of our images. */
export interface PipelineStep {
  readonly file: string;
  readonly step: string;
  readonly image: string;
}

/** Woodpecker addresses repositories by number; the numbers survive renames. */
export const woodpeckerRepositoryIds: Readonly<Record<string, number>> = {
  infra: 1,
  Website: 2,
  finance: 3,
  health: 4,
  travel_blog: 5,
  'webhook-handler': 6,
  'audiblez-web': 9,
  'f1-stream': 10,
  'plotting-book': 43,
  'claude-memory-mcp': 78,
  'infra-onboarding': 79,
};

/** Repositories that Woodpecker builds whole: `travel_blog` has 5.7 GB of content, over GitHub's limits. */
export const woodpeckerOnlyRepositories: readonly string[] = ['travel_blog'];

export const pipelineSteps = [
  { file: '.woodpecker/default.yml', step: 'apply', image: 'infra-ci' },
  { file: '.woodpecker/drift-detection.yml', step: 'detect-drift', image: 'infra-ci' },
  { file: '.woodpecker/registry-config-sync.yml', step: 'sync', image: 'infra-ci' },
] as const satisfies readonly PipelineStep[];
