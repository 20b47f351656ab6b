import type { VaultKey } from './tokens';

/** The CI server, and how its secrets follow Vault. */
export interface WoodpeckerFacts {
  /** By which people reach it, and Forgejo's webhooks. */
  readonly host: string;
  readonly namespace: string;
  /** The Service of its server, and the port of the pods behind it, which is what a NetworkPolicy judges. */
  readonly server: { readonly service: string; readonly port: number; readonly podPort: number };
  /** What steps run in; `build` is a plugin that the server runs privileged (`WOODPECKER_PLUGINS_PRIVILEGED`). */
  readonly images: Readonly<Record<'build' | 'clone' | 'verify' | 'deploy', string>>;
  readonly deploy: DeployFacts;
  readonly secretSync: SecretSyncFacts;
}

/** How a pipeline sets the image of what CI owns. */
export interface DeployFacts {
  /** Path at which Vault makes an account for one namespace. */
  readonly credentials: string;
  /** What does not run by then has failed. */
  readonly rolloutMinutes: number;
  /** Woodpecker's secret that holds where Slack takes messages. */
  readonly slackWebhook: string;
}

export interface SecretSyncFacts {
  readonly schedule: string;
  readonly timeZone: string;
  /** A run that is not done by then is ended; shorter than the schedule's period. */
  readonly deadlineMinutes: number;
  /** Vault path of which every key becomes a secret of all repositories. */
  readonly globalPath: string;
  /** Vault paths of which every key becomes a secret of one repository, by its name in `woodpeckerRepositoryIds`. */
  readonly repositoryPaths: Readonly<Record<string, string>>;
  /** An administrator's API token, never synced itself. */
  readonly apiToken: VaultKey;
  /** Pipelines of these events receive the secrets. */
  readonly events: readonly string[];
  /** What is otherwise for single secrets, by name: other events, or the plugins that alone receive it. */
  readonly filters: Readonly<
    Record<string, { readonly events?: readonly string[]; readonly images?: readonly string[] }>
  >;
}

/** No image filter: the break-glass step reads the push token in a shell, where a filtered secret would be missing. */
export const woodpecker = {
  host: 'ci.viktorbarzin.me',
  namespace: 'woodpecker',
  server: { service: 'woodpecker-server', port: 80, podPort: 8000 },
  images: {
    build: 'woodpeckerci/plugin-docker-buildx:6.1.1',
    clone: 'woodpeckerci/plugin-git',
    verify: 'alpine:3.20',
    deploy: 'bitnami/kubectl:latest',
  },
  deploy: {
    credentials: 'kubernetes/creds/ci-deployer',
    rolloutMinutes: 10,
    slackWebhook: 'slack_webhook',
  },
  secretSync: {
    schedule: '0 */6 * * *',
    timeZone: 'Etc/UTC',
    deadlineMinutes: 15,
    globalPath: 'ci/global',
    repositoryPaths: {},
    apiToken: { path: 'ci/global', key: 'woodpecker_api_token' },
    events: ['cron', 'deployment', 'manual', 'push', 'tag'],
    filters: {},
  },
} as const satisfies WoodpeckerFacts;

/** A step of an infra pipeline that runs in one of our images. */
export interface PipelineStep {
  readonly file: string;
  readonly step: string;
  readonly image: string;
}

/** An image of ours that infra pipelines run in, and its place in the cutover. */
export interface PipelineImage {
  readonly image: string;
  /** The app before it. */
  readonly movesAfter: string;
  /** Whether the steps pull it from Forgejo. */
  readonly cutOver: boolean;
}

export const pipelineImages = [
  { image: 'infra-ci', movesAfter: 'beads-server', cutOver: false },
] as const satisfies readonly PipelineImage[];

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
