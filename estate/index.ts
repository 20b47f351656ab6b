import { join } from 'node:path';
import { apps } from './apps';
import type { EstateWithVm } from './estate';
import type { LegacyOnVm, LegacyRegistryFacts } from './legacy-registry';
import type { PullSecretByKyverno } from './pull-secret';
import { evidenceFolder, readEvidence } from './evidence';
import { forgejo } from './forgejo';
import { githubActions } from './github-actions';
import { hosts } from './hosts';
import { images } from './images';
import { integrityProbe } from './integrity-probe';
import { legacyRegistry } from './legacy-registry';
import { resolvers } from './name-resolution';
import { nodes } from './nodes';
import { readOverrides } from './overrides';
import { programs } from './programs';
import { githubProjects, projects } from './projects';
import { clientNetworks, pullPaths } from './pull-paths';
import { pullSecret } from './pull-secret';
import { pushgateway } from './pushgateway';
import { pullThroughCaches } from './registries';
import { registryVm } from './registry-vm';
import { retention } from './retention';
import { stacks } from './stacks';
import { tokens } from './tokens';
import { vault } from './vault';
import {
  pipelineImages,
  pipelineSteps,
  woodpecker,
  woodpeckerOnlyRepositories,
  woodpeckerRepositoryIds,
} from './woodpecker';

/** What this homelab has of what an estate may do without. */
export interface ThisEstate extends EstateWithVm {
  readonly legacyRegistry: LegacyRegistryFacts & { readonly runsOn: LegacyOnVm };
  readonly pullSecret: PullSecretByKyverno;
}

const { evidence, evidenceFaults } = readEvidence(evidenceFolder);
const { overrides, faults: overrideFaults } = readOverrides(join(__dirname, 'overrides'));

/** The real homelab, as it stands. A phase is entered by changing it here, and its evidence beside it. */
export const estate: ThisEstate = {
  phase: 'prepare',
  stacks,
  hosts,
  legacyRegistry,
  pullThroughCaches,
  resolvers,
  clientNetworks,
  pullPaths,
  nodes,
  registryVm,
  tokens,
  images,
  apps,
  projects,
  ...{ githubProjects, githubActions },
  woodpeckerRepositoryIds,
  woodpeckerOnlyRepositories,
  pipelineImages,
  pipelineSteps,
  woodpecker,
  vault,
  forgejo,
  programs,
  retention,
  integrityProbe,
  pullSecret,
  pushgateway,
  ...{ evidence, overrides },
  evidenceFaults: [...evidenceFaults, ...overrideFaults],
};
