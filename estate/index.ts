import { join } from 'node:path';
import { apps } from './apps';
import type { Estate } from './estate';
import { readEvidence } from './evidence';
import { forgejo } from './forgejo';
import { hosts } from './hosts';
import { images } from './images';
import { integrityProbe } from './integrity-probe';
import { kyverno } from './kyverno';
import { resolvers } from './name-resolution';
import { nodes } from './nodes';
import { programs } from './programs';
import { githubProjects, projects } from './projects';
import { clientNetworks, pullPaths } from './pull-paths';
import { pullThroughCaches, registries } from './registries';
import { registryVm } from './registry-vm';
import { retention } from './retention';
import { stacks } from './stacks';
import { tiers } from './tiers';
import { legacyCredential, tokens } from './tokens';
import { pipelineSteps, woodpeckerOnlyRepositories, woodpeckerRepositoryIds } from './woodpecker';

/** The real homelab, as it stands. A phase is entered by changing it here, and its evidence beside it. */
export const estate: Estate = {
  phase: 'prepare',
  stacks,
  hosts,
  registries,
  pullThroughCaches,
  resolvers,
  clientNetworks,
  pullPaths,
  nodes,
  registryVm,
  tokens,
  legacyCredential,
  images,
  apps,
  projects,
  githubProjects,
  woodpeckerRepositoryIds,
  woodpeckerOnlyRepositories,
  pipelineSteps,
  tiers,
  forgejo,
  programs,
  retention,
  integrityProbe,
  kyverno,
  ...readEvidence(join(__dirname, 'evidence')),
};
