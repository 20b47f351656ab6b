import { kubernetesNode, type NodeEffect } from '../cloud-init/kubernetes-node';
import { registryVm, vmChecks, vmEffectCommands, type VmEffect } from '../cloud-init/registry-vm';
import { readablePullSecret } from '../estate/derived/pull-secret';
import type { EstateWithVm } from '../estate/estate';
import { nodeActivation } from './node-activation';
import { pullReferences } from './pull-references';
import type { RolloutProps } from './rollout';

/** The machines that an estate describes. */
export function machinesOf(estate: EstateWithVm): Pick<RolloutProps<NodeEffect, VmEffect>, 'nodes' | 'vm'> {
  return {
    nodes: {
      machineOf: (containerdMajor) => kubernetesNode(estate, containerdMajor),
      activation: nodeActivation,
      pulls: pullReferences(estate),
      pullSecret: readablePullSecret(estate),
      user: estate.nodes.admin.name,
    },
    vm: {
      host: estate.registryVm.name,
      user: estate.registryVm.ssh.user,
      machine: registryVm(estate),
      activation: { commands: (effects) => vmEffectCommands(estate, effects), needsDrain: () => false },
      checks: vmChecks(estate),
    },
  };
}
