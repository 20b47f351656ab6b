import { pipelineImage } from '../estate/derived/pipeline-image';
import { pushgatewayUrl } from '../estate/derived/pushgateway';
import { vaultAccess } from '../estate/derived/vault-consumers';
import type { Estate } from '../estate/estate';
import { registryStacks } from '../pipelines/registry-stacks';
import type { TreeFile } from './tree-file';

/** The pipelines that plan, apply and watch the stacks, where the tree and this project lie on the forge; none elsewhere. */
export function registryStacksTree(estate: Estate): readonly TreeFile[] {
  const { forgejo, hosts, stacks, vault, woodpecker } = estate;
  const [, project] = /^\/([^/]+\/[^/]+)\//u.exec(hosts.runbooks) ?? [];
  const { pipelines } = stacks;
  if (pipelines === undefined || project === undefined) return [];
  const { role, serviceAccount } = vault.consumers.apply;
  const isOwn = vaultAccess(estate).some((access) => access.role === role && access.narrowed);
  const forge = `https://${forgejo.host}`;
  return registryStacks({
    ...{ branch: stacks.branch, clone: woodpecker.images.clone },
    ...{
      forge,
      project: `${forge}/${project}.git`,
      image: pipelineImage(estate, pipelines.image, 'estate.stacks.pipelines.image'),
    },
    vault: {
      ...{ mount: vault.kubernetesAuth, role },
      address: `http://${vault.service}.${vault.namespace}.svc.cluster.local:${vault.port}`,
    },
    pushgateway: pushgatewayUrl(estate),
    namespace: woodpecker.namespace,
    woodpecker: `http://${woodpecker.server.service}.${woodpecker.namespace}.svc.cluster.local:${woodpecker.server.port}`,
    secrets: woodpecker.secretSync.globalPath,
    // Until then every pipeline is the namespace's own account, which alone may log in.
    ...(isOwn ? { serviceAccount } : {}),
    applyOnPush: pipelines.applyOnPush,
  });
}
