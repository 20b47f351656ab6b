import type { App } from './apps';
import type { Evidence } from './evidence';
import type { ForgejoFacts } from './forgejo';
import type { Hosts } from './hosts';
import type { Image } from './images';
import type { IntegrityProbeFacts } from './integrity-probe';
import type { KyvernoFacts } from './kyverno';
import type { Resolver, ResolverName } from './name-resolution';
import type { NodeFacts } from './nodes';
import type { Phase } from './phases';
import type { GithubProject, Project } from './projects';
import type { ProgramsFacts } from './programs';
import type { ClientClass, ClientNetwork, PullPath } from './pull-paths';
import type { PullThroughCache, Registry, RegistryName } from './registries';
import type { RegistryVmFacts } from './registry-vm';
import type { RetentionFacts } from './retention';
import type { StacksFacts } from './stacks';
import type { Tier, TierName } from './tiers';
import type { BasicCredential, Token } from './tokens';
import type { PipelineStep } from './woodpecker';

/** Every fact of one homelab. The real one is `estate/index.ts`; tests and the lab derive theirs from it. */
export interface Estate {
  readonly phase: Phase;
  readonly stacks: StacksFacts;
  readonly hosts: Hosts;
  readonly registries: Readonly<Record<RegistryName, Registry>>;
  readonly pullThroughCaches: readonly PullThroughCache[];
  readonly resolvers: Readonly<Record<ResolverName, Resolver>>;
  readonly clientNetworks: Readonly<Record<ClientClass, ClientNetwork>>;
  readonly pullPaths: readonly PullPath[];
  readonly nodes: NodeFacts;
  readonly registryVm: RegistryVmFacts;
  readonly tokens: readonly Token[];
  readonly legacyCredential: BasicCredential;
  readonly images: readonly Image[];
  readonly apps: readonly App[];
  readonly projects: readonly Project[];
  readonly githubProjects: readonly GithubProject[];
  readonly woodpeckerRepositoryIds: Readonly<Record<string, number>>;
  readonly woodpeckerOnlyRepositories: readonly string[];
  readonly pipelineSteps: readonly PipelineStep[];
  readonly tiers: Readonly<Record<TierName, Tier>>;
  readonly forgejo: ForgejoFacts;
  readonly programs: ProgramsFacts;
  readonly retention: RetentionFacts;
  readonly integrityProbe: IntegrityProbeFacts;
  readonly kyverno: KyvernoFacts;
  readonly evidence: readonly Evidence[];
  /** One message for each evidence file that could not be read. */
  readonly evidenceFaults: readonly string[];
}
