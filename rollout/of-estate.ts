import { kubernetesNode, nodeEffectCommands } from '../cloud-init/kubernetes-node';
import { registryVm, vmChecks, vmEffectCommands } from '../cloud-init/registry-vm';
import { readablePullSecret } from '../estate/derived/pull-secret';
import { hasRegistryVm, type Estate, type EstateWithVm } from '../estate/estate';
import { pullReferences } from './pull-references';
import type { RolloutProps } from './rollout';
import type { Activation } from './activation';
import { shellLine } from '../terminal/shell-words';

type Machines = Pick<RolloutProps, 'nodes' | 'vm'>;

export function machinesOf(estate: Estate): Machines {
  return {
    nodes: {
      machineOf: (containerdMajor) => kubernetesNode(estate, containerdMajor),
      activation: nodeActivation,
      pulls: pullReferences(estate),
      pullSecret: readablePullSecret(estate),
      user: estate.nodes.admin.name,
    },
    ...(hasRegistryVm(estate) ? { vm: vmOf(estate) } : {}),
  };
}

export function vmOf(estate: EstateWithVm): NonNullable<Machines['vm']> {
  return {
    host: estate.registryVm.name,
    user: estate.registryVm.ssh.user,
    machine: registryVm(estate),
    activation: { commands: (effects) => vmEffectCommands(estate, effects), needsDrain: () => false },
    checks: vmChecks(estate),
  };
}

/** A restart of containerd leaves containers running but answers nobody meanwhile, so pods leave the node before. */
const nodeActivation: Activation = {
  commands: (effects) => nodeEffectCommands(effects).map(shellLine),
  needsDrain: (effects) => effects.includes('containerd'),
};
