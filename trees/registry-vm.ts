import { registryVm, vmChecks, vmSteps } from '../cloud-init/registry-vm';
import { pipelineImage } from '../estate/derived/pipeline-image';
import { type EstateWithVm, hasRegistryVm, type Estate } from '../estate/estate';
import type { VaultKey } from '../estate/tokens';
import {
  registryConfigSync,
  registryConfigSyncPath,
  secretsOf,
  type RegistryConfigSyncProps,
} from '../pipelines/registry-config-sync';
import type { TreeFile } from './tree-file';

/** What the tree holds for the registry VM, where there is one: its files but those with secrets, the scripts, the pipeline. */
export function registryVmTree(estate: Estate): readonly TreeFile[] {
  return hasRegistryVm(estate) ? registryConfigSync(syncProps(estate)) : [];
}

/** The keys of Vault that its pipeline is given. */
export function registryVmPipelineKeys(estate: Estate): readonly VaultKey[] {
  return hasRegistryVm(estate) ? secretsOf(syncProps(estate)) : [];
}

function syncProps(estate: EstateWithVm): RegistryConfigSyncProps {
  const { registryVm: facts } = estate;
  const step = estate.pipelineSteps.find(({ file }) => file === registryConfigSyncPath);
  return {
    machine: registryVm(estate),
    steps: vmSteps(estate),
    checks: vmChecks(estate),
    address: facts.address,
    ssh: facts.ssh,
    treeFolder: facts.treeFolder,
    branch: estate.stacks.branch,
    image: pipelineImage(estate, step?.image, `estate.pipelineSteps of "${registryConfigSyncPath}"`),
  };
}
