import { TerraformLocal } from 'cdktf';
import type { Construct } from 'constructs';
import { type CloudConfig, cloudConfigSecrets } from '../cloud-init/cloud-config';
import { kubernetesNodeCloudConfig } from '../cloud-init/kubernetes-node-cloud-config';
import { registryVmCloudConfig } from '../cloud-init/registry-vm';
import { atAddress } from '../constructs/address';
import { terraformName, VaultSecrets } from '../constructs/vault-secrets';
import { hasRegistryVm, type Estate } from '../estate/estate';
import { cloudConfigTemplate } from './cloud-config-template';
import { TerragruntStack } from './terragrunt-stack';

/**
 * What new machines receive at their first boot, as locals that the tree's template modules upload as snippets. No
 * resource of ours: running machines stay out of Terraform, whose provider once rewrote their disks (2026-05-26; ADR 17).
 */
export class InfraStack extends TerragruntStack {
  constructor(scope: Construct, estate: Estate) {
    super(scope, 'infra', { estate, kind: 'shared', providers: ['vault'] });
    const configs: Readonly<Record<string, CloudConfig>> = {
      kubernetes_node_cloud_config: kubernetesNodeCloudConfig(estate),
      ...(hasRegistryVm(estate) ? { registry_vm_cloud_config: registryVmCloudConfig(estate) } : {}),
    };
    const secrets = new VaultSecrets(this, 'Vault', {
      keys: Object.values(configs).flatMap(cloudConfigSecrets),
      // Names that no hand-written data source of the tree has.
      resourceNameOf: (path) => `cloud_config_${terraformName(path)}`,
      runbook: 'docs/runbooks/new-machine.md',
    });
    for (const [name, config] of Object.entries(configs)) {
      const text = cloudConfigTemplate(config, (vault) => secrets.value(vault));
      atAddress(new TerraformLocal(this, name, text), name);
    }
  }
}
