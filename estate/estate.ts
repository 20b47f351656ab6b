import type { App } from './apps';
import type { Evidence } from './evidence';
import type { ForgejoFacts } from './forgejo';
import type { GithubActionsFacts } from './github-actions';
import type { Hosts } from './hosts';
import type { Image } from './images';
import type { IntegrityProbeFacts } from './integrity-probe';
import type { LegacyRegistryFacts } from './legacy-registry';
import type { Resolver } from './name-resolution';
import type { NodeFacts } from './nodes';
import type { Phase } from './phases';
import type { GithubProject, Project } from './projects';
import type { ProgramsFacts } from './programs';
import type { ClientClass, ClientNetwork, PullPathFacts } from './pull-paths';
import type { PullSecretFacts } from './pull-secret';
import type { PushgatewayFacts } from './pushgateway';
import type { Override } from './overrides';
import type { PullThroughCache } from './registries';
import type { RegistryVmFacts } from './registry-vm';
import type { RetentionFacts } from './retention';
import type { StacksFacts } from './stacks';
import type { Duty, Token } from './tokens';
import type { VaultFacts } from './vault';
import type { PipelineImage, PipelineStep, WoodpeckerFacts } from './woodpecker';

/** Every fact of one homelab, each once; what follows is computed in `derived/`. The real one is `estate/index.ts`. */
export interface Estate {
  readonly phase: Phase;
  readonly stacks: StacksFacts;
  readonly hosts: Hosts;
  readonly legacyRegistry: LegacyRegistryFacts;
  readonly pullThroughCaches: readonly PullThroughCache[];
  readonly resolvers: Readonly<Record<string, Resolver>>;
  readonly clientNetworks: Readonly<Record<ClientClass, ClientNetwork>>;
  readonly pullPaths: readonly PullPathFacts[];
  readonly nodes: NodeFacts;
  /** @default there is none, and nothing is rendered for one */
  readonly registryVm?: RegistryVmFacts;
  readonly tokens: Readonly<Record<Duty, Token>>;
  readonly images: readonly Image[];
  readonly apps: readonly App[];
  readonly projects: readonly Project[];
  readonly githubProjects: readonly GithubProject[];
  readonly githubActions: GithubActionsFacts;
  readonly woodpeckerRepositoryIds: Readonly<Record<string, number>>;
  readonly woodpeckerOnlyRepositories: readonly string[];
  readonly pipelineImages: readonly PipelineImage[];
  readonly pipelineSteps: readonly PipelineStep[];
  readonly woodpecker: WoodpeckerFacts;
  readonly vault: VaultFacts;
  readonly forgejo: ForgejoFacts;
  readonly programs: ProgramsFacts;
  readonly retention: RetentionFacts;
  readonly integrityProbe: IntegrityProbeFacts;
  readonly pullSecret: PullSecretFacts;
  readonly pushgateway: PushgatewayFacts;
  readonly evidence: readonly Evidence[];
  /** What stands in for evidence for a while. */
  readonly overrides: readonly Override[];
  /** One message for each file of evidence, or override, that could not be read. */
  readonly evidenceFaults: readonly string[];
}

/** An estate with a registry VM: what is rendered for the VM asks for one. */
export interface EstateWithVm extends Estate {
  readonly registryVm: RegistryVmFacts;
}

export function hasRegistryVm(estate: Estate): estate is EstateWithVm {
  return estate.registryVm !== undefined;
}
