import { ciDeployments } from '../estate/derived/ci-deployments';
import type { Estate } from '../estate/estate';
import type { GithubProject } from '../estate/projects';
import type { DeployProps } from '../pipelines/deploy';

/** How CI deploys what a project builds; undefined where the estate names nothing that CI sets: then it is its owner's. */
export function deployProps(
  estate: Estate,
  project: Pick<GithubProject, 'image' | 'deploys'>,
  branches: readonly string[],
): DeployProps | undefined {
  const deployments = ciDeployments(estate, project);
  if (deployments.length === 0) return undefined;
  const { vault, woodpecker } = estate;
  const { role, serviceAccount } = vault.consumers.deploy;
  return {
    ...{ deployments, serviceAccount, branches, images: woodpecker.images },
    vault: {
      ...{ mount: vault.kubernetesAuth, role },
      address: `http://${vault.service}.${vault.namespace}.svc.cluster.local:${vault.port}`,
    },
    ...woodpecker.deploy,
  };
}
